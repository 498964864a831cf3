"""Clusters of processes on this machine, and what happens to their workers."""

import contextlib
import os
import signal
import threading
import time

import dask

#: Dask waits longer than any test for what a killed worker does not answer.
QUICK = {
    "distributed.comm.timeouts.connect": "10s",
    "distributed.admin.log-format": "%(message)s",
    "logging.distributed": "critical",
}


@contextlib.contextmanager
def cluster(workers=2, failures=5, **options):
    from distributed import Client, LocalCluster

    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0", **options}
    quick = {**QUICK, "distributed.scheduler.allowed-failures": failures}
    with dask.config.set(quick), LocalCluster(n_workers=workers, silence_logs=50, **options) as made:
        with Client(made) as client:
            yield client


def pids(client):
    return client.run(os.getpid)


class Killer:
    """Kills a worker, once ``when()`` is true, while the block of the `with` runs. It must have come to that."""

    def __init__(self, client, when):
        self.pid = next(iter(pids(client).values()))
        self.when = when
        self.killed = False
        self.over = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def _run(self):
        while not self.over.is_set():
            if self.when():
                os.kill(self.pid, signal.SIGKILL)
                self.killed = True
                return
            time.sleep(0.002)

    def __exit__(self, *raised):
        self.over.set()
        self.thread.join()
        if raised[0] is None:
            assert self.killed, "everything was done before the worker was killed"
