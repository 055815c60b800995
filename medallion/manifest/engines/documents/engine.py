"""The engine `documents`."""

from medallion.manifest.engines.documents.columns import check_documents, document_type
from medallion.manifest.engines.documents.settings import DocumentSource
from medallion.manifest.engines.engine import Engine, Way

DOCUMENTS = Engine(
    name="documents",
    settings=DocumentSource,
    ways=(
        Way(
            "documents",
            whole="documents come in the order in which they were accepted",
            alone=True,
            no_range="a document never changes and is read once; those that are new are read, as in each run",
            text="text",
        ),
    ),
    column_type=document_type,
    check=check_documents,
    has_catalog=False,
    is_uploaded=True,
)
