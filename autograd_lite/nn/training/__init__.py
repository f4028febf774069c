"""Training: data in batches, the loop over them, what is watched and kept, and pictures of it."""

from autograd_lite.nn.training.callbacks import BestModel, Callback, EarlyStopping
from autograd_lite.nn.training.checkpoints import Checkpoint
from autograd_lite.nn.training.data import DataLoader
from autograd_lite.nn.training.files import load_state, save_state
from autograd_lite.nn.training.live import LivePlot
from autograd_lite.nn.training.logs import CSVLogger, History, TensorBoardLogger
from autograd_lite.nn.training.metrics import (
    F1Score,
    Metric,
    R2Score,
    RootMeanSquaredError,
    accuracy,
    binary_accuracy,
    confusion_matrix,
    mean_absolute_error,
    top_k_accuracy,
)
from autograd_lite.nn.training.plots import (
    plot_confusion_matrix,
    plot_decision_boundary,
    plot_filters,
    plot_history,
)
from autograd_lite.nn.training.schedule import Schedule
from autograd_lite.nn.training.trainer import Trainer

__all__ = [
    "BestModel",
    "CSVLogger",
    "Callback",
    "Checkpoint",
    "DataLoader",
    "EarlyStopping",
    "F1Score",
    "History",
    "LivePlot",
    "Metric",
    "R2Score",
    "RootMeanSquaredError",
    "Schedule",
    "TensorBoardLogger",
    "Trainer",
    "accuracy",
    "binary_accuracy",
    "confusion_matrix",
    "load_state",
    "mean_absolute_error",
    "plot_confusion_matrix",
    "plot_decision_boundary",
    "plot_filters",
    "plot_history",
    "save_state",
    "top_k_accuracy",
]
