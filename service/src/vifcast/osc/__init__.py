"""The plug-in of openstackclient: ``openstack nic …``."""
