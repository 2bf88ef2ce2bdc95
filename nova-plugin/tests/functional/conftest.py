"""Not pytest's: lab/run_unittests.py runs these, for test_nova_api.py."""

collect_ignore_glob = ["*"]
