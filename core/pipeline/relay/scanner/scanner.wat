;; Looks at JSON Lines sixteen bytes at a time.
;;
;; Every function takes a range [ptr, ptr+len) of the memory. The last, partial
;; vector is loaded whole and masked, so sixteen readable bytes must follow the
;; range: scanner.ts leaves a page behind the ring for that and for $scan's result.
;;
;; `deno task wasm` builds scanner_wasm.ts from this file. plain_scanner.ts says
;; the same in TypeScript and is what a property test compares this with.
(module
  (import "scanner" "memory" (memory 1))

  ;; All ones in the first $count lanes (all sixteen from 16 on), else zero.
  (func $first_lanes (param $count i32) (result v128)
    (i8x16.lt_u
      (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
      (i8x16.splat
        (select (i32.const 16) (local.get $count)
          (i32.gt_s (local.get $count) (i32.const 16))))))

  ;; Sum of sixteen unsigned bytes.
  (func $sum (param $bytes v128) (result i32)
    (local $quads v128)
    (local.set $quads
      (i32x4.extadd_pairwise_i16x8_u
        (i16x8.extadd_pairwise_i8x16_u (local.get $bytes))))
    (i32.add
      (i32.add
        (i32x4.extract_lane 0 (local.get $quads))
        (i32x4.extract_lane 1 (local.get $quads)))
      (i32.add
        (i32x4.extract_lane 2 (local.get $quads))
        (i32x4.extract_lane 3 (local.get $quads)))))

  ;; One bit per line feed of the sixteen bytes at $ptr, those from $end on left out.
  (func $newline_bits (param $ptr i32) (param $end i32) (result i32)
    (i8x16.bitmask
      (v128.and
        (i8x16.eq (v128.load align=1 (local.get $ptr)) (i8x16.splat (i32.const 10)))
        (call $first_lanes (i32.sub (local.get $end) (local.get $ptr))))))

  ;; Where a batch that starts at $ptr ends: whole vectors only, and few enough
  ;; (252) that a count per lane stays below 256.
  (func $batch_end (param $ptr i32) (param $end i32) (result i32)
    (local $bytes i32)
    (local.set $bytes
      (i32.and (i32.sub (local.get $end) (local.get $ptr)) (i32.const -16)))
    (i32.add (local.get $ptr)
      (select (i32.const 4032) (local.get $bytes)
        (i32.gt_u (local.get $bytes) (i32.const 4032)))))

  ;; → how many line feeds the range holds.
  (func $count_newlines (export "countNewlines")
    (param $ptr i32) (param $len i32) (result i32)
    (local $end i32) (local $stop i32) (local $count i32)
    (local $newline v128) (local $lanes v128)
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (local.set $newline (i8x16.splat (i32.const 10)))
    (block $done
      (loop $batches
        (local.set $stop (call $batch_end (local.get $ptr) (local.get $end)))
        (br_if $done (i32.eq (local.get $stop) (local.get $ptr)))
        (local.set $lanes (v128.const i64x2 0 0))
        (loop $vectors ;; equal lanes are -1, so subtracting counts them
          (local.set $lanes
            (i8x16.sub (local.get $lanes)
              (i8x16.eq (v128.load align=1 (local.get $ptr)) (local.get $newline))))
          (local.set $ptr (i32.add (local.get $ptr) (i32.const 16)))
          (br_if $vectors (i32.lt_u (local.get $ptr) (local.get $stop))))
        (local.set $count (i32.add (local.get $count) (call $sum (local.get $lanes))))
        (br $batches)))
    (i32.add (local.get $count)
      (i32.popcnt (call $newline_bits (local.get $ptr) (local.get $end)))))

  ;; Writes five i32 to $result: line feeds, lines that begin here with `{`, offset
  ;; of the first line that begins here with anything else, of the first line feed,
  ;; of the last; offsets are -1 where there is none.
  (func (export "scan")
    (param $ptr i32) (param $len i32) (param $at_line_start i32) (param $result i32)
    (local $at i32) (local $end i32) (local $stop i32)
    (local $newlines i32) (local $envelopes i32) (local $starts i32)
    (local $bytes v128) (local $ends v128) (local $ends_before v128) (local $begins v128)
    (local $end_lanes v128) (local $envelope_lanes v128) (local $kept v128)
    (local $newline v128) (local $brace v128)
    (local.set $at (local.get $ptr))
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (local.set $newline (i8x16.splat (i32.const 10)))
    (local.set $brace (i8x16.splat (i32.const 123)))
    ;; A line begins in each lane whose left neighbour is a line feed; the last lane
    ;; of the vector before is the left neighbour of lane 0.
    (local.set $ends_before
      (i8x16.splat (i32.sub (i32.const 0) (local.get $at_line_start))))
    (block $done
      (loop $batches
        (local.set $stop (call $batch_end (local.get $at) (local.get $end)))
        (br_if $done (i32.eq (local.get $stop) (local.get $at)))
        (local.set $end_lanes (v128.const i64x2 0 0))
        (local.set $envelope_lanes (v128.const i64x2 0 0))
        (loop $vectors
          (local.set $bytes (v128.load align=1 (local.get $at)))
          (local.set $ends (i8x16.eq (local.get $bytes) (local.get $newline)))
          (local.set $begins
            (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
              (local.get $ends_before) (local.get $ends)))
          (local.set $end_lanes (i8x16.sub (local.get $end_lanes) (local.get $ends)))
          (local.set $envelope_lanes
            (i8x16.sub (local.get $envelope_lanes)
              (v128.and (local.get $begins)
                (i8x16.eq (local.get $bytes) (local.get $brace)))))
          (local.set $ends_before (local.get $ends))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $vectors (i32.lt_u (local.get $at) (local.get $stop))))
        (local.set $newlines
          (i32.add (local.get $newlines) (call $sum (local.get $end_lanes))))
        (local.set $envelopes
          (i32.add (local.get $envelopes) (call $sum (local.get $envelope_lanes))))
        (br $batches)))
    ;; The rest, fewer than sixteen bytes.
    (local.set $kept (call $first_lanes (i32.sub (local.get $end) (local.get $at))))
    (local.set $bytes (v128.load align=1 (local.get $at)))
    (local.set $ends (i8x16.eq (local.get $bytes) (local.get $newline)))
    (local.set $begins
      (i8x16.shuffle 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30
        (local.get $ends_before) (local.get $ends)))
    (local.set $newlines
      (i32.add (local.get $newlines)
        (i32.popcnt
          (i8x16.bitmask (v128.and (local.get $kept) (local.get $ends))))))
    (local.set $envelopes
      (i32.add (local.get $envelopes)
        (i32.popcnt
          (i8x16.bitmask
            (v128.and (local.get $kept)
              (v128.and (local.get $begins)
                (i8x16.eq (local.get $bytes) (local.get $brace))))))))
    ;; Lines begin at the start and after each line feed that is not the last byte.
    (if (local.get $len)
      (then
        (local.set $starts
          (i32.sub
            (i32.add (local.get $newlines) (local.get $at_line_start))
            (i32.eq
              (i32.load8_u (i32.sub (local.get $end) (i32.const 1)))
              (i32.const 10))))))
    (i32.store (local.get $result) (local.get $newlines))
    (i32.store offset=4 (local.get $result) (local.get $envelopes))
    (i32.store offset=8 (local.get $result)
      (if (result i32) (i32.eq (local.get $starts) (local.get $envelopes))
        (then (i32.const -1))
        (else
          (call $find_stray
            (local.get $ptr) (local.get $len) (local.get $at_line_start)))))
    (if (local.get $newlines)
      (then
        (i32.store offset=12 (local.get $result)
          (i32.sub
            (call $find_newline (local.get $ptr) (local.get $len) (i32.const 1))
            (i32.const 1)))
        (i32.store offset=16 (local.get $result)
          (call $find_last_newline (local.get $ptr) (local.get $len))))
      (else
        (i32.store offset=12 (local.get $result) (i32.const -1))
        (i32.store offset=16 (local.get $result) (i32.const -1)))))

  ;; → offset of the first line that begins here with another byte than `{`, or -1.
  (func $find_stray (export "findStray")
    (param $ptr i32) (param $len i32) (param $at_line_start i32) (result i32)
    (local $at i32) (local $end i32) (local $carry i32)
    (local $bits i32) (local $begins i32)
    (local.set $at (local.get $ptr))
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (local.set $carry (local.get $at_line_start))
    (block $none
      (loop $vectors
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bits (call $newline_bits (local.get $at) (local.get $end)))
        (local.set $begins
          (i32.or (i32.shl (local.get $bits) (i32.const 1)) (local.get $carry)))
        (local.set $carry (i32.shr_u (local.get $bits) (i32.const 15)))
        (local.set $begins
          (i32.and (local.get $begins)
            (i8x16.bitmask
              (v128.and
                (i8x16.ne
                  (v128.load align=1 (local.get $at))
                  (i8x16.splat (i32.const 123)))
                (call $first_lanes (i32.sub (local.get $end) (local.get $at)))))))
        (if (local.get $begins)
          (then
            (return
              (i32.add
                (i32.sub (local.get $at) (local.get $ptr))
                (i32.ctz (local.get $begins))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $vectors)))
    (i32.const -1))

  ;; → offset just after line feed number $nth, counted from 1, or -1.
  (func $find_newline (export "findNewline")
    (param $ptr i32) (param $len i32) (param $nth i32) (result i32)
    (local $at i32) (local $end i32) (local $bits i32) (local $count i32)
    (local.set $at (local.get $ptr))
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (block $none
      (loop $vectors
        (br_if $none (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bits (call $newline_bits (local.get $at) (local.get $end)))
        (local.set $count (i32.popcnt (local.get $bits)))
        (if (i32.ge_u (local.get $count) (local.get $nth))
          (then
            (loop $earlier ;; takes the lowest bit away until the wanted one is lowest
              (if (i32.gt_u (local.get $nth) (i32.const 1))
                (then
                  (local.set $bits
                    (i32.and (local.get $bits)
                      (i32.sub (local.get $bits) (i32.const 1))))
                  (local.set $nth (i32.sub (local.get $nth) (i32.const 1)))
                  (br $earlier))))
            (return
              (i32.add
                (i32.sub (local.get $at) (local.get $ptr))
                (i32.add (i32.ctz (local.get $bits)) (i32.const 1))))))
        (local.set $nth (i32.sub (local.get $nth) (local.get $count)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $vectors)))
    (i32.const -1))

  ;; → offset of the last line feed, or -1.
  (func $find_last_newline (export "findLastNewline")
    (param $ptr i32) (param $len i32) (result i32)
    (local $at i32) (local $bits i32)
    ;; The partial vector first, then whole ones towards $ptr.
    (local.set $at (i32.add (local.get $ptr) (i32.and (local.get $len) (i32.const -16))))
    (local.set $bits
      (call $newline_bits (local.get $at) (i32.add (local.get $ptr) (local.get $len))))
    (block $found
      (loop $vectors
        (br_if $found (local.get $bits))
        (if (i32.eq (local.get $at) (local.get $ptr)) (then (return (i32.const -1))))
        (local.set $at (i32.sub (local.get $at) (i32.const 16)))
        (local.set $bits
          (i8x16.bitmask
            (i8x16.eq
              (v128.load align=1 (local.get $at))
              (i8x16.splat (i32.const 10)))))
        (br $vectors)))
    (i32.add
      (i32.sub (local.get $at) (local.get $ptr))
      (i32.sub (i32.const 31) (i32.clz (local.get $bits)))))

  ;; → offset where the first stretch of more than $limit bytes without a line feed
  ;; begins, or -1. Looks back from as far as a line may reach, so that what a range
  ;; of short lines costs hardly depends on its length.
  (func (export "findLongLine")
    (param $ptr i32) (param $len i32) (param $limit i32) (result i32)
    (local $at i32) (local $last i32)
    (block $none
      (loop $lines
        (br_if $none
          (i32.le_u (i32.sub (local.get $len) (local.get $at)) (local.get $limit)))
        (local.set $last
          (call $find_last_newline
            (i32.add (local.get $ptr) (local.get $at))
            (i32.add (local.get $limit) (i32.const 1))))
        (if (i32.eq (local.get $last) (i32.const -1)) (then (return (local.get $at))))
        (local.set $at
          (i32.add (local.get $at) (i32.add (local.get $last) (i32.const 1))))
        (br $lines)))
    (i32.const -1))
)
