// The tables of the made-up kind.
#include "model/testing/sample.h"

DESCRIBE(sample::v1::Labels, "What a thing is called.", FIELD(name, 1, "Its name."),
         FIELD(labels, 2, "Its labels."))
DESCRIBE(sample::v1::Port, "A port of a thing.", FIELD(containerPort, 3, required, "The number."),
         FIELD(name, 1, "The name."),
         FIELD(protocol, 4, fallback(R"("TCP")"), values("TCP|UDP"), "TCP or UDP."),
         FIELD(target, 5, "Where it leads."))
DESCRIBE(sample::v1::FileSource, "A file.", FIELD(path, 1, required, "Where it is."))
DESCRIBE(sample::v1::Source, "Where a disk comes from: one of these.", FIELD(file, 1, "A file."),
         FIELD(secret, 2, "A secret."))
DESCRIBE(sample::v1::Disk, "A disk of a thing.", FIELD(name, 1, required, "Its name."),
         FIELD(source, 2, inlined, "Where it comes from."))
DESCRIBE(sample::v1::Tree, "A type that contains itself.", FIELD(name, 1, "A name."),
         FIELD(children, 2, "Smaller trees."), FIELD(twin, 3, "One that looks the same."))
DESCRIBE(sample::v1::Words, "Words that stand for their list.", FIELD(items, 1, inlined))
DESCRIBE(sample::v1::Spec, "What a thing should be.", FIELD(replicas, 1, fallback("1"), "How many."),
         FIELD(ports, 2, merge_key("containerPort"), list_type("map", "containerPort,protocol"),
               "Its ports."),
         FIELD(disks, 3, merge_key("name"), patch_strategy("merge,retainKeys"), "Its disks."),
         FIELD(restartPolicy, 4, fallback(R"("Always")"), "When to start again."),
         FIELD(default_, 5, "A member named like a reserved word."), FIELD(big, 6, "A large number."),
         FIELD(ratio, 7, "A share."), FIELD(blob, 8, "Bytes."), FIELD(data, 9, "Bytes by name."),
         FIELD(limits, 10, "Amounts."), FIELD(args, 11, list_type("atomic"), "Words."),
         FIELD(groups, 12, list_type("set"), "Numbers."), FIELD(extra, 13, "Lists by name."),
         FIELD(tree, 14, "A tree."), FIELD(raw, 15, "Anything."), FIELD(startTime, 16, "When it began."),
         FIELD(created, 17, "When it was made."), FIELD(renewTime, 18, "When it was last renewed."),
         FIELD(period, 19, "How long."), FIELD(must, 20, required, "A list that is always there."),
         FIELD(flag, 21, immutable, "Yes, no or neither."))
DESCRIBE(sample::v1::Thing, "A thing.", FIELD(metadata, 1, "Its metadata."),
         FIELD(spec, 2, "What it should be."))
DESCRIBE(sample::v1::Span, "A message as other protocols have them.",
         FIELD(start, 1, Wire::fixed64, "When it began."), FIELD(delta, 2, Wire::zigzag, "A difference."),
         FIELD(flags, 3, Wire::fixed32, "Bits."), FIELD(numbers, 4, "Packed on the wire."),
         FIELD(values, 5, "Packed on the wire."), FIELD(choice, 6, "A member of a oneof."))
