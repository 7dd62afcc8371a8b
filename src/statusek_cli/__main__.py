"""`python -m statusek_cli`: the same as the command `statusek`."""

from statusek_cli.main import main

if __name__ == "__main__":
    main()
