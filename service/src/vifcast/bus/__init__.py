"""The message bus: the only package that knows kombu and py-amqp."""
