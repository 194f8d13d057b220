"""For WSGI servers: ``waitress-serve wsgi:application``. Settings come from the environment (docs/settings.md)."""

from residentapp.app import create_app
from residentapp.config import Settings

application = create_app(Settings.from_environment())
