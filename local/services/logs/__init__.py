"""CloudWatch Logs: what IAM checks."""
