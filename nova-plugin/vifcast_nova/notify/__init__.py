"""What is sent: notifications of NICs (``nic_notifier``), and of the host (``host_report``).

``operation`` is what a notification of a NIC is about, ``vif`` what Nova knows of the NIC. How
they leave is the matter of ``outbox``.
"""
