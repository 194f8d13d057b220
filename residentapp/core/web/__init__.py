"""The frame every screen stands in: request context, page state, home page, fonts, errors, server."""
