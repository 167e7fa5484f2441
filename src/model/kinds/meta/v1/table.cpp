// What each field of table.h means, and how it is written, merged and defaulted.
#include "model/kinds/meta/v1/table.h"

DESCRIBE(meta::v1::TableColumnDefinition, "A column of a table.", FIELD(name, 1, required, "The heading."),
         FIELD(type, 2, required, "The OpenAPI type of the values, such as string or integer."),
         FIELD(format, 3, required,
               "The OpenAPI format of the values, such as name for the column that identifies the row."),
         FIELD(description, 4, required, "What the column shows."),
         FIELD(priority, 5, required, "0 for columns always shown; larger ones appear in wide output only."))

DESCRIBE(meta::v1::TableRowCondition, "Something notable about a row.",
         FIELD(type, 1, required, "The kind of condition; only Completed exists."),
         FIELD(status, 2, required, "True, False or Unknown."),
         FIELD(reason, 3, "One word for programs about why it is so."),
         FIELD(message, 4, "A sentence for people."))

DESCRIBE(meta::v1::TableRow, "One object as a row.", FIELD(cells, 1, required, "One value for each column."),
         FIELD(conditions, 2, "What is notable about the object, such as Completed."),
         FIELD(object, 3, "The object or its metadata, as the client asked."))

DESCRIBE(meta::v1::Table, "Objects as rows with columns that the server chose.",
         FIELD(metadata, 1, "The revision of the list and how to go on reading it."),
         FIELD(columnDefinitions, 2, required, "The columns in order."),
         FIELD(rows, 3, required, "The objects."))
