"""What Horizon's static files are collected and compressed with.

The chart mounts its own file over this one; where STATIC_ROOT and COMPRESS_OFFLINE differ from these, the login page
answers 500.
"""

DEBUG = False
ALLOWED_HOSTS = ["*"]
SECRET_KEY = "for the build of the image only"  # noqa: S105 -- of no server: settings of each have their own
OPENSTACK_KEYSTONE_URL = "http://keystone-api:5000/v3"
STATIC_ROOT = "/var/lib/horizon-static"
COMPRESS_OFFLINE = True
TIME_ZONE = "UTC"
# With the default, a memcached that is not there at build, the largest part is left out of the manifest without a word.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
