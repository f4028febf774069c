"""The rules of `explain.lint`: unstable forms, lost digits, mixed precision, needless memory."""
