// Old samples in rows of five minutes or an hour: for each bucket of time how many there were, their sum,
// least and greatest, and a thinned series that keeps what counters need (the last sample of a bucket and
// both sides of every reset). A query with a coarse step, or one that reaches back beyond the raw samples, is
// answered from the row that its function needs.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "telemetry/metrics/block/chunk_file.h"
#include "telemetry/metrics/block/chunk_format.h"
#include "telemetry/metrics/queryable.h"

namespace aloft::telemetry::metrics {

// The two resolutions that are kept beside the samples themselves.
inline constexpr Millis five_minutes = 300'000;
inline constexpr Millis hour = 3'600'000;

// The rows of one series, in the order in which they stand in the data of a block.
enum class Row : std::uint8_t { count, sum, least, greatest, thinned };
using Rows = std::vector<Column>;  // row_count of them

// How a function is answered: from one row, from as many samples of the mean as there were (`spread`, for
// what counts or averages samples), or from as many samples that have the least, the greatest and the sum of
// those that there were (`shape`, for what asks how values are distributed).
enum class Answer : std::uint8_t { least, greatest, sum, spread, shape, thinned };
Answer answer_for(std::string_view function);
// True when the rows of `resolution` give what the raw samples would: the step is at least five buckets, the
// window is long enough, and windows end where buckets end.
bool rows_are_enough(const SelectHints& hints, Millis resolution, Millis to);

// True when rows that stand for samples which are gone cannot give what those would have given: the function
// asks for what happened within a bucket, or the window is shorter than one.
bool rows_estimate(const SelectHints& hints, Millis resolution);

// A bucket is (end - resolution, end], as the windows of queries, and stands a millisecond before its end or
// at its only sample; stale markers count for the thinned row only, and so do histograms.
void make_rows(const Column& raw, Millis resolution, Rows& rows);

// Appends the samples that answer for series `series` of the block.
Result<> read_rows(const ChunkFile& file, std::uint64_t series, Answer answer, Millis resolution, Millis from,
                   Millis to, ReadScratch& scratch, Column& out);

}  // namespace aloft::telemetry::metrics
