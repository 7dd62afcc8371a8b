"""``python -m statusek_server``: the same as ``statusek serve``, with the same flags."""

from statusek_server.cli import serve

if __name__ == "__main__":
    serve(prog_name="python -m statusek_server")
