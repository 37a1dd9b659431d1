"""What the catalogue refuses, with the status and the code that Apache Atlas and Purview answer."""

from enum import Enum


class AtlasError(Exception):
    """A refused call: nothing of it was done."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


class Fault(Enum):
    """Status, code, and the text with its gaps. Calling one gives the error to raise.

    The codes are those of Apache Atlas 2.1 (which hands out 404 for values that do not fit), and of Purview's
    documentation for what only Purview checks.
    """

    TYPE_INVALID = (404, "ATLAS-404-00-001", "Given typename {} was invalid")
    TYPE_UNKNOWN = (400, "ATLAS-400-00-014", "Type ENTITY with name {} does not exist")
    TYPE_REFERENCE_UNKNOWN = (400, "ATLAS-400-00-029", "Given typename {} was invalid")
    TYPE_EXISTS = (409, "ATLAS-409-00-001", "Given type {} already exists")
    TYPE_IN_USE = (409, "ATLAS-409-00-002", "Given type {} has references")
    TYPE_NAME = (400, "ATLAS-400-00-019", "{}: invalid name: a letter, then letters, digits, spaces or _")
    TYPE_ATTRIBUTE_REMOVED = (400, "ATLAS-400-00-00D", "{}.{} : attribute delete not supported")
    TYPE_ATTRIBUTE_MANDATORY = (400, "ATLAS-400-00-00C", "{}.{} : can not add mandatory attribute")
    TYPE_ATTRIBUTE_CHANGED = (400, "ATLAS-400-00-029", "{}.{}: data type update for attribute is not supported")
    TYPE_SUPER_REMOVED = (400, "ATLAS-400-00-00E", "{}: superType remove not supported")
    RELATIONSHIP_ENDS_CHANGED = (400, "ATLAS-400-00-037", "invalid update for relationshipDef {}: its ends are fixed")
    RELATIONSHIP_TWO_CONTAINERS = (400, "ATLAS-400-00-02D", "relationshipDef {} has both ends as containers")
    RELATIONSHIP_ASSOCIATION_CONTAINER = (400, "ATLAS-400-00-030", "ASSOCIATION relationshipDef {} has a container")
    RELATIONSHIP_COMPOSITION_OPEN = (400, "ATLAS-400-00-031", "COMPOSITION relationshipDef {} has no container")
    RELATIONSHIP_AGGREGATION_OPEN = (400, "ATLAS-400-00-032", "AGGREGATION relationshipDef {} has no container")
    RELATIONSHIP_MANY_PARENTS = (400, "ATLAS-400-00-033", "COMPOSITION relationshipDef {} can only have one parent")
    RELATIONSHIP_LIST_END = (400, "ATLAS-400-00-034", "relationshipDef {} cannot have a LIST cardinality on an end")

    PARAMETERS = (400, "ATLAS-400-00-01A", "invalid parameters: {}")
    UNSUPPORTED = (400, "ATLAS-400-00-01A", "invalid parameters: the embedded catalogue has no {}")
    OBJECT_ID = (400, "ATLAS-400-00-021", "ObjectId is not valid {}")
    ATTRIBUTE_UNKNOWN = (400, "ATLAS-400-00-023", "Attribute {} not found for type {}")
    ATTRIBUTE_NOT_PARTIAL = (400, "ATLAS-400-00-027", "{}.{} : attribute update not supported")
    RELATIONSHIP_TYPE_UNKNOWN = (400, "ATLAS-400-00-028", "invalid value: unknown relationship type'{}'")
    RELATIONSHIP_ENDS = (400, "ATLAS-400-00-036", "invalid relationshipDef: {}: end type 1: {}, end type 2: {}")
    RELATIONSHIP_END_MISSING = (400, "ATLAS-400-00-07D", "Relationship end is invalid. Expected {} but is NULL")
    LABEL_LENGTH = (400, "ATLAS-400-00-08F", "Invalid label: {}, label size should not be greater than 50")
    LABEL_CHARACTERS = (400, "ATLAS-400-00-090", "Invalid label: {}: letters, digits, _ and - only")
    CUSTOM_KEY_LENGTH = (400, "ATLAS-400-00-08C", "Invalid key: {}, key size should not be greater than 50")
    CUSTOM_KEY_CHARACTERS = (400, "ATLAS-400-00-08D", "Invalid key: {}: letters, digits, _ and - only")
    CUSTOM_VALUE_LENGTH = (400, "ATLAS-400-00-08E", "Invalid value of {}, value length is greater than 500")
    INSTANCE = (404, "ATLAS-404-00-007", "Invalid instance creation/updation parameters passed : {}")
    GUID = (404, "ATLAS-404-00-005", "Given instance guid {} is invalid/not found")
    UNIQUE = (404, "ATLAS-404-00-009", "Instance {} with unique attribute {} does not exist")
    REFERENCE = (404, "ATLAS-404-00-00A", "Referenced entity {} is not found")
    RELATIONSHIP_GUID = (404, "ATLAS-404-00-00C", "Given relationship guid {} is invalid/not found")
    NO_LINEAGE = (404, "ATLAS-404-00-011", "Given instance guid {} with type {} is not a valid lineage entity type.")
    RELATIONSHIP_EXISTS = (409, "ATLAS-409-00-004", "relationship {} already exists between entities {} and {}")

    ATTRIBUTE_SIZE = (400, "ATLAS-400-00-01A", "invalid parameters: attribute {} has {} bytes, more than {}")
    ASSET_SIZE = (413, "ATLAS-413-00-001", "asset {} has {} bytes, more than {}")
    BODY_SIZE = (413, "ATLAS-413-00-001", "the body has more than {} bytes")
    COLLECTION = (403, "ATLAS-403-00-001", "not authorized to write to collection {}")
    UNAUTHENTICATED = (401, "Unauthorized", "not authorized to access this account")
    STALE = (409, "Conflict", "lastModifiedTS of {} is {}, not {}")
    ROUTE = (404, "NotFound", "there is no {} {}")

    def __call__(self, *gaps: object) -> AtlasError:
        """The error to raise, with the gaps of the text filled."""
        status, code, text = self.value
        return AtlasError(status, code, text.format(*gaps))
