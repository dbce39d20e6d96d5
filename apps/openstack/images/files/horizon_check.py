"""Fails the build of an image whose login page would answer 500: offline compression forgives no changed file."""

import sys

import django
from django.test import Client
from openstack_dashboard import settings

settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
django.setup()
status = Client(raise_request_exception=False).get("/auth/login/").status_code
if status != 200:
    sys.exit(f"Horizon's login page answers {status}")
