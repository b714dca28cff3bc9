"""The service over HTTP: an application, and a blueprint a resource."""
