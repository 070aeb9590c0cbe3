"""The forms and questions by which members complete or change a request."""
