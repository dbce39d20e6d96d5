"""Fails the build of an image whose login page would answer 500: a part missing from the manifest is enough."""

import sys

import django
from django.test import Client

django.setup()
status = Client(raise_request_exception=False).get("/auth/login/").status_code
if status != 200:
    sys.exit(f"Horizon's login page answers {status}")
