"""What the params of operations and expressions hold, key by key: the rows that masking goes by.

Keys are compared in lower case: the agent lowers those of options. A key that is not listed is a connector's option, or
something new: ``lineage.spline.mask`` takes it for a literal unless its text has Catalyst's ids.
"""

from collections.abc import Mapping
from enum import IntEnum, auto


class Content(IntEnum):
    """What a value is, and so what is done to it. Numbers, since these are looked up for each value of a plan."""

    PLAIN = auto()
    """Structure, a name, a place or a harmless flag: stays, without secrets."""
    CATALYST = auto()
    """Catalyst's text: literals are masked."""
    CONDITION = auto()
    """SQL that a user wrote: literals are masked, columns stay."""
    QUERY = auto()
    """A table's name, or a query that was sent to a database: its literals are masked."""
    TABLE = auto()
    """``CatalogTable(…)``."""
    STORAGE = auto()
    """``Storage(…)``."""
    RELATION = auto()
    """The text of a connector's relation."""
    METADATA = auto()
    """JSON with a column's metadata."""
    ERROR = auto()
    """An exception with its stack trace."""
    OPTION = auto()
    """Not known: masked, unless it has Catalyst's ids."""
    LITERAL = auto()
    """A constant, or rows: masked whatever it is."""
    SECRET = auto()
    """Masked even where literals are kept."""
    PICKLED = auto()
    """A pickled function: dropped."""
    SKIPPED = auto()
    """Ids and references: not looked at."""


def _rows(content: Content, keys: str) -> dict[str, Content]:
    return dict.fromkeys(keys.lower().split(), content)


REFERENCES = _rows(Content.PLAIN, "__attrId __exprId refId dataTypeId dataType id _typeHint")
PARAMS: Mapping[str, Content] = {
    **REFERENCES,
    # where it is and what it is called
    **_rows(
        Content.PLAIN,
        """
        path paths basePath location uri url server host hostname port address serverName portNumber endpoint
        catalog database databaseName dbName schema schemaName table tableName identifier multipartIdentifier namespace
        user username userName driver format provider source
        keyspace collection container cluster region dataset project parentProject warehouse index resource topic topics
        subscribe subscribePattern assign kafka.bootstrap.servers eventhubs.name
        es.nodes es.port es.resource es.resource.read es.resource.write
        sfUrl sfDatabase sfSchema sfWarehouse sfRole
        spark.cosmos.accountEndpoint spark.cosmos.database spark.cosmos.container spark.cassandra.connection.host
        spark.mongodb.database spark.mongodb.collection spark.mongodb.connection.uri
        spark.mongodb.input.uri spark.mongodb.output.uri connection.uri
        kustoCluster kustoDatabase kustoTable tempDir temporaryGcsBucket dataAddress sheetName
        """,
    ),
    # how it is read and written
    **_rows(
        Content.PLAIN,
        """
        header mode saveMode inferSchema delimiter sep encoding charset multiLine compression codec lineSep
        mergeSchema overwriteSchema versionAsOf timestampAsOf startingVersion endingVersion startingTimestamp
        endingTimestamp readChangeFeed readChangeData ignoreChanges ignoreDeletes skipChangeCommits maxFilesPerTrigger
        recursiveFileLookup pathGlobFilter partitionOverwriteMode numPartitions fetchSize batchSize partitionColumn
        isolationLevel truncate rowTag rootTag samplingRatio timeZone dateFormat timestampFormat optimizeWrite
        autoCompact __partition_columns partitionBy bucketColumns sortColumns numBuckets ifPartitionNotExists
        ifNotExists ignoreIfExists isByName orCreate append overwrite staticPartitions
        """,
    ),
    # structure of operations and expressions
    **_rows(
        Content.PLAIN,
        """
        name alias qualifier symbol simpleClassName exprType cls field ordinal numArrayFields containsNull
        joinType hint hints strategy direction nullOrdering frameType evalMode evalType
        ansiEnabled isDistinct isAll byName allowMissingCol ignoreNulls global outer isStreaming isTempView
        leftGroupingLen rightGroupingLen
        isMetadataCol underSubquery cteId exprId resultId sourceType destinationType zone rdd
        outputPartitioning outputOrdering timeZoneId nonInheritableMetadataKeys numCols numSlices seed
        mutableAggBufferOffset inputAggBufferOffset unrequiredChildIndex udfDeterministic udfName functionName
        optNumPartitions optAdvisoryPartitionSize catalogAndNamespace viewName tableIdentifier
        """,
    ),
    **_rows(
        Content.CATALYST,
        """
        condition joinCondition matchedClauses notMatchedClauses notMatchedBySourceClauses matchedActions
        notMatchedActions notMatchedBySourceActions updateExpressions plan cteDefs branches elseValue filter
        partitionSpec orderSpec order child children left right expr expr1 expr2 expr3 outerAttrs arguments values
        list groupingExpressions aggregateExpressions projectList generator generatorOutput deleteExpr expression
        partitionFilter partitionFilters dataFilters pushedFilters
        """,
    ),
    **_rows(Content.CONDITION, "replaceWhere where predicate predicates pushDownPredicate"),
    **_rows(Content.QUERY, "dbtable query sql prepareQuery"),
    **_rows(Content.TABLE, "desc catalogTable tableDesc tableDefinition"),
    **_rows(Content.STORAGE, "storage"),
    **_rows(Content.RELATION, "relation"),
    **_rows(Content.METADATA, "explicitMetadata metadata"),
    **_rows(Content.LITERAL, "value data rows pivotColumnValues hset comment description"),
    **_rows(Content.PICKLED, "func"),
}
