"""Every test here may have a RabbitMQ: ``rabbitmq``, ``vhost``, ``private_rabbitmq``."""

pytest_plugins = ["broker_fixtures"]
