"""Certificates of the resident record: request, preview, issue, history of issues."""
