"""Requirement sets of the kinds that public projects have, in words of our own: name -> requirements."""

from __future__ import annotations

SETS: dict[str, tuple[str, ...]] = {
    # web
    "flask": ("flask",),
    "flask with a database": ("flask>=2", "flask-sqlalchemy", "flask-migrate", "gunicorn"),
    "flask of old": ("flask<2.1", "werkzeug<2.1", "jinja2<3.1", "itsdangerous<2.1"),
    "django": ("django>=4.2,<5", "psycopg[binary]", "gunicorn", "whitenoise"),
    "django rest": ("django<5.2", "djangorestframework", "django-filter", "drf-spectacular"),
    "fastapi": ("fastapi", "uvicorn", "pydantic-settings"),
    "fastapi with a database": ("fastapi", "sqlalchemy>=2", "alembic", "asyncpg"),
    "starlette": ("starlette", "httpx", "jinja2", "python-multipart"),
    "aiohttp": ("aiohttp>=3.9", "aiohttp-jinja2", "yarl"),
    "tornado": ("tornado", "pycurl", "redis"),
    "celery": ("celery[redis]>=5.3", "flower"),
    "scraper": ("scrapy", "itemadapter"),
    "pages": ("requests", "beautifulsoup4", "lxml"),
    "graphql": ("strawberry-graphql", "graphql-core"),
    # data
    "pandas": ("pandas", "numpy", "pyarrow"),
    "pandas of old": ("pandas<2", "numpy<1.25", "openpyxl"),
    "plots": ("matplotlib", "seaborn"),
    "polars": ("polars", "duckdb", "connectorx"),
    "dask": ("dask[dataframe]", "distributed"),
    "geography": ("shapely>=2", "pyproj", "pandas"),
    "tables": ("sqlalchemy<2", "pandas", "pymysql"),
    "arrow": ("pyarrow<16", "numpy", "fsspec", "s3fs"),
    # machine learning
    "scikit-learn": ("scikit-learn", "pandas", "joblib"),
    "boosting": ("xgboost<2.1", "lightgbm", "scikit-learn"),
    "tensorflow": ("tensorflow-cpu", "numpy", "pandas"),
    "tensorflow of old": ("tensorflow-cpu<2.16", "numpy<2", "scipy"),
    "keras and jax": ("keras", "jax"),
    "flax": ("flax", "optax", "jax"),
    "onnx": ("onnx", "onnxruntime", "numpy"),
    "tokens": ("tokenizers", "sentencepiece", "safetensors"),
    "statistics": ("statsmodels", "scipy", "patsy"),
    "words": ("nltk", "gensim"),
    # tools
    "command line": ("click", "rich", "platformdirs"),
    "typer": ("typer", "httpx", "tomli-w"),
    "tests": ("pytest", "pytest-cov", "pytest-xdist", "hypothesis"),
    "lint": ("black", "isort", "flake8", "mypy"),
    "docs": ("sphinx<8", "sphinx-rtd-theme", "myst-parser"),
    "cloud": ("boto3", "botocore", "awscli"),
    "hosts": ("paramiko", "fabric", "invoke"),
    "notebooks": ("ipykernel", "nbformat", "nbconvert"),
}
