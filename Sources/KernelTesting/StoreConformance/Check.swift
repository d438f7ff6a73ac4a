import Kernel

extension StoreConformance {
    /// The checks, each a sentence about a store.
    public enum Check: String, Sendable, CaseIterable, CustomStringConvertible {
        case filtersTellTypesApart = "filters tell types apart"
        case filtersCompareNumbersByValue = "filters compare numbers by value, large integers exactly"
        case filtersCompareStringsByteByByte = "filters compare strings byte by byte"
        case filtersReachNestedFields = "filters reach nested fields and fields with odd names"
        case amongMatchesAnyOfItsValues = "among matches any of its values, and nothing if it has none"
        case absentFindsWhatLacksTheField = "absent finds documents without the field, and null is something"
        case behindComparesTexts = "behind finds texts behind a text, byte by byte, and nothing but texts"
        case rangesCompareTexts = "ranges of texts compare byte by byte, and find nothing but texts"
        case rangesCompareNumbers = "ranges of numbers compare by value, and find nothing but numbers"
        case rangesCompareInstants = "ranges of instants compare by the instant, however it is written"
        case filtersCombine = "filters combine with and and or, nested"
        case containsLooksIntoArrays = "contains looks into arrays, also of objects and of arrays in objects"
        case containsFollowsChanges = "contains follows updates, upserts and deletes"
        case containsNeedsAnIndex = "contains on a path without an index is refused"

        case documentsComeInOrderOfEntry = "documents come in order of entry, or in reverse"
        case pagesCoverTheList = "pages by limit and after cover the list"
        case choicesComeInOrder = "documents that match one of several choices come once, in order, page by page"
        case visitsCanStop = "a visit can stop, throw, and look up more"
        case documentsComeInOrderOfAField = "documents come in byte order of a field"
        case pagesGoOnInOrderOfAField = "pages in order of a field go on behind any document, both ways"
        case combinationsOfConditionsAreIndexed = "every combination of conditions finds the same as without indexes"
        case documentsComeBackExactly = "documents come back exactly as they were put in"
        case malformedDocumentsAreRefused = "malformed documents are refused"

        case updatesSet = "an update sets values of all types, and makes missing objects"
        case updatesUnset = "an update unsets values, also missing ones"
        case updatesAppend = "an update appends to arrays, and makes missing ones"
        case updatesChangeTheFirstMatch = "an update changes the first match alone, and tells if there is none"
        case updatesOfAllMatches = "an update of all matches changes each once and counts them"
        case updatesThatDoNotFitAreRefused = "an update that does not fit the document is refused and changes nothing"
        case overlappingChangesAreRefused = "changes that overlap are refused"
        case growingArraysGrow = "an array that grows is put together when it is read"
        case growingArraysAreBounded = "an array that grows ends at its bound with a count of what was left out"
        case growingArraysAreAdopted = "an array that comes with a marker, or is too long, goes on from there"
        case growingArraysMove = "an array that grows moves with its document, both ways"
        case growingArraysOnlyGrow = "an array that grows is changed in no other way"
        case upsertsReplaceOrAdd = "an upsert replaces in place or adds"
        case deletesCount = "a delete removes all matches and counts them"

        case manyAreInsertedAtOnce = "many are inserted at once, but for those that a unique index refuses"
        case insertsOfAnySize = "nothing, one, or hundreds are inserted at once, beside single inserts"
        case manyAreUpsertedAtOnce = "many are upserted at once by a field, the last of each value"
        case manyOfAShapeAreUpserted = "many of a declared shape are upserted at once"
        case documentsMove = "a document moves to another collection, changed"

        case uniqueIndexesRefuseDuplicates = "a unique index refuses a duplicate and is named"
        case uniqueIndexesLeaveTheTransactionUsable = "a refused duplicate leaves the transaction usable"
        case uniqueIndexesTellValuesApart =
            "a unique index tells types and odd strings apart, and ignores missing fields"
        case uniqueIndexesOverSeveralFields = "a unique index over several fields compares all of them"
        case uniqueIndexesGuardUpdates = "a unique index guards updates and upserts"
        case uniqueKeysAreFreed = "a key is free again after a delete, in the same transaction too"
        case oneOfManyRacersWins = "of many that insert one key at once, exactly one wins"

        case errorsRollBack = "an error rolls the transaction back and reaches the caller"
        case errorsConcernOneWriteAlone = "a write that fails leaves those beside it alone"
        case writesSeeThemselves = "a transaction sees its own writes, others only once it has returned"
        case hooksFollowCommits =
            "what is asked for after a commit runs once, in the order of commits, and for no other"
        case readsSeeOneState = "a read sees one state while others write"
        case snapshotsSeeOneState = "a snapshot shows a document that moves between collections exactly once"
        case snapshotsAreGivenBack = "snapshots that are dropped make room for others"
        case updatesAreNotLost = "no update is lost when many read, modify and write"
        case positionsGrow = "positions grow, are never used twice, and survive reopening"
        case cancelledWritesAreWholeOrNot = "a cancelled write is done whole or not at all"

        case largeDocumentsAreKept = "a document of a megabyte is kept and changed"
        case longListsStream = "ten thousand documents are read in steps"
        case writesAreThereAfterReopening = "what was acknowledged is there after reopening"
        case indexesFollowTheirDeclaration = "indexes are built, rebuilt and dropped as declared at opening"
        case violatedIndexesAreReported = "a unique index that the documents violate is reported at opening"
        case undeclaredCollectionsAreLeftAlone = "a collection that is not declared is left alone"
        case closedStoresAnswer = "a closed store says that it is unavailable, and lets go of what waits"

        public var description: String { rawValue }

        var body: @Sendable (any TestDatabase) async throws -> Void {
            switch self {
            case .filtersTellTypesApart: FilterChecks.types
            case .filtersCompareNumbersByValue: FilterChecks.numbers
            case .filtersCompareStringsByteByByte: FilterChecks.strings
            case .filtersReachNestedFields: FilterChecks.paths
            case .amongMatchesAnyOfItsValues: FilterChecks.among
            case .absentFindsWhatLacksTheField: FilterChecks.absent
            case .behindComparesTexts: FilterChecks.behind
            case .rangesCompareTexts: RangeChecks.texts
            case .rangesCompareNumbers: RangeChecks.numbers
            case .rangesCompareInstants: RangeChecks.instants
            case .filtersCombine: FilterChecks.combinations
            case .containsLooksIntoArrays: ArrayChecks.contains
            case .containsFollowsChanges: ArrayChecks.changes
            case .containsNeedsAnIndex: ArrayChecks.undeclared
            case .documentsComeInOrderOfEntry: QueryChecks.order
            case .pagesCoverTheList: QueryChecks.pages
            case .choicesComeInOrder: QueryChecks.choices
            case .visitsCanStop: QueryChecks.visits
            case .documentsComeInOrderOfAField: QueryChecks.fieldOrder
            case .pagesGoOnInOrderOfAField: RangeChecks.pages
            case .combinationsOfConditionsAreIndexed: CombinationChecks.combinations
            case .documentsComeBackExactly: QueryChecks.exactness
            case .malformedDocumentsAreRefused: QueryChecks.malformed
            case .updatesSet: ChangeChecks.set
            case .updatesUnset: ChangeChecks.unset
            case .updatesAppend: ChangeChecks.append
            case .updatesChangeTheFirstMatch: ChangeChecks.first
            case .updatesOfAllMatches: AllMatchesChecks.updates
            case .updatesThatDoNotFitAreRefused: ChangeChecks.misfits
            case .overlappingChangesAreRefused: ChangeChecks.overlaps
            case .growingArraysGrow: GrowthChecks.grows
            case .growingArraysAreBounded: GrowthChecks.bounds
            case .growingArraysAreAdopted: GrowthChecks.adoption
            case .growingArraysMove: GrowthChecks.moves
            case .growingArraysOnlyGrow: GrowthChecks.misuse
            case .upsertsReplaceOrAdd: ChangeChecks.upsert
            case .deletesCount: ChangeChecks.delete
            case .manyAreInsertedAtOnce: BulkChecks.inserts
            case .insertsOfAnySize: BulkChecks.sizes
            case .manyAreUpsertedAtOnce: BulkChecks.upserts
            case .manyOfAShapeAreUpserted: BulkChecks.shapedUpserts
            case .documentsMove: BulkChecks.moves
            case .uniqueIndexesRefuseDuplicates: UniqueChecks.duplicates
            case .uniqueIndexesLeaveTheTransactionUsable: UniqueChecks.usable
            case .uniqueIndexesTellValuesApart: UniqueChecks.values
            case .uniqueIndexesOverSeveralFields: UniqueChecks.several
            case .uniqueIndexesGuardUpdates: UniqueChecks.updates
            case .uniqueKeysAreFreed: UniqueChecks.freed
            case .oneOfManyRacersWins: UniqueChecks.race
            case .errorsRollBack: TransactionChecks.errors
            case .errorsConcernOneWriteAlone: TransactionChecks.neighbours
            case .writesSeeThemselves: TransactionChecks.visibility
            case .hooksFollowCommits: CommitChecks.hooks
            case .readsSeeOneState: TransactionChecks.reads
            case .snapshotsSeeOneState: TransactionChecks.snapshots
            case .snapshotsAreGivenBack: TransactionChecks.snapshotsReturn
            case .updatesAreNotLost: TransactionChecks.counters
            case .positionsGrow: TransactionChecks.positions
            case .cancelledWritesAreWholeOrNot: TransactionChecks.cancellation
            case .largeDocumentsAreKept: VolumeChecks.large
            case .longListsStream: VolumeChecks.long
            case .writesAreThereAfterReopening: OpeningChecks.durable
            case .indexesFollowTheirDeclaration: OpeningChecks.indexes
            case .violatedIndexesAreReported: OpeningChecks.violations
            case .undeclaredCollectionsAreLeftAlone: OpeningChecks.undeclared
            case .closedStoresAnswer: OpeningChecks.closed
            }
        }
    }
}
