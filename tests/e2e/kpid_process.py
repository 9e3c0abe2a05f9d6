"""The life of one `kpid serve` of a test: a data folder and a port of its own, ended by pid.

Where things are comes from the environment that tests/e2e/CMakeLists.txt sets:
  E2E_SOURCE         the repository; default: this one
  E2E_KPID           the program; default: that of the Release build
  E2E_TIMEOUT_SCALE  how much slower than usual things may be (sanitizers); default 1
"""
import os
import random
import select
import signal
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77  # Exit code that ctest shows as skipped.
SOURCE = os.environ.get('E2E_SOURCE', os.path.dirname(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__)))))
BINARY = os.environ.get('E2E_KPID', os.path.join(SOURCE, 'build', 'release', 'kpid'))
TIMEOUT_SCALE = float(os.environ.get('E2E_TIMEOUT_SCALE', '1'))
START_SECONDS_MAX = 90 * TIMEOUT_SCALE
STOP_SECONDS_MAX = 60 * TIMEOUT_SCALE
PORTS = (20_000, 29_999)  # Below those that Linux gives by itself.
# Without settings of whoever runs the tests: each server is as its flags say.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith('KPID_')}


def skip(reason):
    """Ends the test as skipped."""
    print(f'skipped: {reason}', flush=True)
    sys.exit(SKIPPED)


def free_port():
    """A port that stays free until the server listens on it, and while it is restarted: none of
    those that the system gives to whoever asks for any."""
    while True:
        port = random.SystemRandom().randint(*PORTS)
        with socket.socket() as listener:
            try:
                listener.bind(('127.0.0.1', port))
                return port
            except OSError:
                continue


def temporary_folder():
    """A folder that PostgreSQL's own user may enter too when the test runs as root."""
    folder = tempfile.TemporaryDirectory(prefix='kpid-e2e-')
    os.chmod(folder.name, 0o755)
    return folder


def wait_until_gone(pid, seconds):
    """Waits for a process that need not be a child. Returns whether it ended in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([handle], [], [], seconds)
        return bool(ready)
    finally:
        os.close(handle)


class KpidProcess:
    """A server on `folder`/data; may be started, killed and started again."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.data_dir = os.path.join(folder, 'data')
        self.address = f'127.0.0.1:{free_port()}'
        self.log_path = os.path.join(folder, 'kpid.log')
        self.options = options
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.end()

    def start(self):
        """Starts it and returns when health says SERVING."""
        log = open(self.log_path, 'a')
        self.process = subprocess.Popen(
            [BINARY, 'serve', '--data-dir', self.data_dir, '--listen', self.address,
             *self.options], stdout=log, stderr=log, cwd=self.folder, env=ENVIRONMENT)
        log.close()
        self.wait_until_serving()

    def wait_until_serving(self):
        import kpid_client  # Here, since it needs grpc, and not every test does.
        client = kpid_client.Client(self.address)
        try:
            client.wait_until_serving(START_SECONDS_MAX, self.raise_if_ended)
        except Exception:
            print(self.log()[-4000:])
            raise
        finally:
            client.close()

    def raise_if_ended(self):
        code = self.process.poll()
        if code is not None:
            raise AssertionError(f'kpid serve ended with {code}:\n{self.log()[-4000:]}')

    def log(self):
        with open(self.log_path, encoding='utf-8', errors='replace') as file:
            return file.read()

    def kill(self):
        """kill -9 of the server; its PostgreSQL lives on, as after a crash."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_SECONDS_MAX)

    def postmaster_pid(self):
        """Pid of its PostgreSQL, None when that does not run."""
        try:
            with open(os.path.join(self.data_dir, 'postgresql', 'postmaster.pid')) as file:
                pid = int(file.readline())
            os.kill(pid, 0)
            return pid
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None

    def kill_postgresql(self):
        """kill -9 of PostgreSQL's postmaster: with kill(), what a crash of the machine is."""
        pid = self.postmaster_pid()
        assert pid, 'PostgreSQL does not run'
        os.kill(pid, signal.SIGKILL)
        assert wait_until_gone(pid, STOP_SECONDS_MAX)

    def end(self):
        """Ends whatever still runs, by pid."""
        if self.process and self.process.poll() is None:
            try:
                self.terminate()
            except subprocess.TimeoutExpired:
                self.kill()
        postmaster = self.postmaster_pid()
        if postmaster:
            os.kill(postmaster, signal.SIGINT)
            if not wait_until_gone(postmaster, STOP_SECONDS_MAX):
                os.kill(postmaster, signal.SIGQUIT)
                wait_until_gone(postmaster, STOP_SECONDS_MAX)

    def run(self, *arguments, check=True, timeout=120):
        """Runs another kpid command against this server."""
        result = subprocess.run([BINARY, *arguments, '--server', self.address],
                                capture_output=True, text=True, cwd=self.folder, env=ENVIRONMENT,
                                timeout=timeout * TIMEOUT_SCALE)
        if check and result.returncode != 0:
            raise AssertionError(f'{arguments} ended with {result.returncode}:\n'
                                 f'{result.stdout[-2000:]}\n{result.stderr[-2000:]}')
        return result
