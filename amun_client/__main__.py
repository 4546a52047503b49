"""`python -m amun_client` is `amun`."""

from amun_client.cli import main

if __name__ == "__main__":
    main()
