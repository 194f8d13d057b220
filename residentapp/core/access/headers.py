"""Headers of every answer: what a browser may load, keep and show (CM-7)."""

from __future__ import annotations

from flask import Flask, Response, request

from residentapp.core.access.declare import declaration_of

#: No inline script or style anywhere, nothing from other hosts, never inside another page.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HSTS = "max-age=31536000; includeSubDomains"


def init_headers(app: Flask) -> None:
    """Set the headers on every answer of the application.

    Pages that need a login are not kept by the browser, so that the next person at the terminal cannot go back
    to them. A view may say ``Cache-Control: private, max-age=…`` for what names nobody (fonts).
    """

    def add(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        declaration = declaration_of(app, request.endpoint)
        is_static = (request.endpoint or "").split(".")[-1] == "static"
        cacheable = declaration is not None and (is_static or response.cache_control.private is not None)
        if not cacheable or response.status_code >= 400:
            response.headers["Cache-Control"] = "no-store"
        return response

    app.after_request(add)
