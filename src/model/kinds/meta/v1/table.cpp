// What each field of table.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/table.h"

DESCRIBE(meta::v1::TableColumnDefinition, "",
    FIELD(name, 1, required),
    FIELD(type, 2, required),
    FIELD(format, 3, required),
    FIELD(description, 4, required),
    FIELD(priority, 5, required))

DESCRIBE(meta::v1::TableRowCondition, "",
    FIELD(type, 1, required),
    FIELD(status, 2, required),
    FIELD(reason, 3),
    FIELD(message, 4))

DESCRIBE(meta::v1::TableRow, "",
    FIELD(cells, 1, required),
    FIELD(conditions, 2),
    FIELD(object, 3))

DESCRIBE(meta::v1::Table, "",
    FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
    FIELD(columnDefinitions, 2, required),
    FIELD(rows, 3, required))
