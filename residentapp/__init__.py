"""Reference implementation of Japan's standard for municipal resident-record systems."""

__version__ = "0.1.0"
