"""How gunicorn serves the product; it reads this file by itself when started in this folder.

gthread, because phones on slow networks keep connections open. Behind a proxy that buffers, processes beat
threads: set WEB_CONCURRENCY to the number of cores, XUNYUE_THREADS to 1. HOST and PORT say where it listens.
"""

import os
from pathlib import Path
from typing import Any

wsgi_app = "server.app:create_app()"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("XUNYUE_THREADS", "4"))

# A cursor names every institution a phone reads: some 77 characters each.
limit_request_line = 8190

# It would be made in the home folder, and one in an unwritable home folder is an error in every start.
control_socket_disable = True

# A worker shows that it lives by touching a file; on a slow disk that alone can look like a hang.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def when_ready(server: Any) -> None:
    """Says where to find it once it listens, and not before."""
    print(f"\nXunyue is ready at http://{bind}  (Ctrl+C stops it)\n", flush=True)
