;; Writes rows of Postgres as envelope lines, as change_lines.ts does it.
;;
;; Vectors are loaded and stored whole: what is written may overrun its own end by 16
;; bytes, and what is read too; quick_rows.ts leaves room. What isn't understood here
;; is left to change_lines.ts: a function that writes returns 0 then, and the message
;; stays where it is.
;;
;; A plan says how the rows of a table look. Words of 32 bits:
;;   0 how many cells   4 OID, as its bytes stand in a message
;;   8 tail of inserts, 12 its length   16 tail of updates, 20 its length
;;   24 from the end of a tail back to the last digit of the index
;;   28 bytes of all labels and of the longest tail
;;   32 cells of 16 bytes: kind, label, its length, nothing
;; The first label that is written begins the line. Kinds: see $value; 0 is left out.
;;
;; Built into quick_rows_wasm.ts by `deno task wasm`. quick_rows_test.ts
;; compares every line with those of change_lines.ts.
(module
  (import "rows" "memory" (memory 1))

  ;; Letters of the escapes of control characters; 0: it has none.
  (data (i32.const 16)
    "\00\00\00\00\00\00\00\00btn\00fr\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")

  (global $line_end (mut i32) (i32.const 0))
  (global $index (mut i32) (i32.const 0))
  (global $count (mut i32) (i32.const 0))
  (global $last_row (mut i32) (i32.const 0))

  ;; Where the last line ends.
  (func (export "lineEnd") (result i32) (global.get $line_end))
  ;; The index of the last line.
  (func (export "index") (result i32) (global.get $index))
  ;; How many lines were written.
  (func (export "count") (result i32) (global.get $count))
  ;; Where the row of the last line begins.
  (func (export "lastRow") (result i32) (global.get $last_row))

  ;; A word as the network has it.
  (func $word (param $at i32) (result i32)
    (local $value i32)
    (local.set $value (i32.load align=1 (local.get $at)))
    (i32.or
      (i32.and (i32.rotl (local.get $value) (i32.const 8)) (i32.const 0x00ff00ff))
      (i32.and (i32.rotr (local.get $value) (i32.const 8)) (i32.const 0xff00ff00))))

  (func $copy (param $from i32) (param $length i32) (param $to i32)
    (local $end i32)
    (if (i32.gt_u (local.get $length) (i32.const 256))
      (then
        (memory.copy (local.get $to) (local.get $from) (local.get $length))
        (return)))
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (loop $next
      (v128.store align=1 (local.get $to)
        (v128.load align=1 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end)))))

  ;; Each of these writes the value from $from to $end to $out → behind it.

  (func $raw (param $from i32) (param $end i32) (param $out i32) (result i32)
    (local $length i32)
    (local.set $length (i32.sub (local.get $end) (local.get $from)))
    (call $copy (local.get $from) (local.get $length) (local.get $out))
    (i32.add (local.get $out) (local.get $length)))

  (func $quoted (param $from i32) (param $end i32) (param $out i32) (result i32)
    (i32.store8 (local.get $out) (i32.const 0x22))
    (local.set $out
      (call $raw (local.get $from) (local.get $end)
        (i32.add (local.get $out) (i32.const 1))))
    (i32.store8 (local.get $out) (i32.const 0x22))
    (i32.add (local.get $out) (i32.const 1)))

  ;; A number as long as JSON's readers keep all of its digits.
  (func $int64 (param $from i32) (param $end i32) (param $out i32) (result i32)
    (local $at i32) (local $digits i32) (local $value i64)
    (local.set $at
      (i32.add (local.get $from)
        (i32.eq (i32.load8_u (local.get $from)) (i32.const 0x2d))))
    (local.set $digits (i32.sub (local.get $end) (local.get $at)))
    (if (i32.eq (local.get $digits) (i32.const 16))
      (then
        (loop $next
          (local.set $value
            (i64.add
              (i64.mul (local.get $value) (i64.const 10))
              (i64.sub (i64.load8_u (local.get $at)) (i64.const 48))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
        (if (i64.gt_u (local.get $value) (i64.const 9007199254740991))
          (then (local.set $digits (i32.const 17))))))
    (if (i32.gt_u (local.get $digits) (i32.const 16))
      (then
        (return
          (call $quoted (local.get $from) (local.get $end) (local.get $out)))))
    (call $raw (local.get $from) (local.get $end) (local.get $out)))

  ;; NaN and the infinities are strings.
  (func $float (param $from i32) (param $end i32) (param $out i32) (result i32)
    (local $first i32)
    (local.set $first
      (i32.load8_u
        (i32.add (local.get $from)
          (i32.eq (i32.load8_u (local.get $from)) (i32.const 0x2d)))))
    (if (i32.lt_u (i32.sub (local.get $first) (i32.const 48)) (i32.const 10))
      (then
        (return
          (call $raw (local.get $from) (local.get $end) (local.get $out)))))
    (call $quoted (local.get $from) (local.get $end) (local.get $out)))

  ;; A byte that JSON's strings can't have.
  (func $escaped (param $byte i32) (param $out i32) (result i32)
    (local $letter i32) (local $digit i32)
    (i32.store8 (local.get $out) (i32.const 0x5c))
    (local.set $letter
      (if (result i32) (i32.ge_u (local.get $byte) (i32.const 0x20))
        (then (local.get $byte))
        (else (i32.load8_u (i32.add (i32.const 16) (local.get $byte))))))
    (if (local.get $letter)
      (then
        (i32.store8 offset=1 (local.get $out) (local.get $letter))
        (return (i32.add (local.get $out) (i32.const 2)))))
    (i32.store offset=1 align=1 (local.get $out) (i32.const 0x30303075)) ;; u000
    (if (i32.ge_u (local.get $byte) (i32.const 16))
      (then (i32.store8 offset=4 (local.get $out) (i32.const 0x31))))
    (local.set $digit (i32.and (local.get $byte) (i32.const 15)))
    (i32.store8 offset=5 (local.get $out)
      (i32.add (local.get $digit)
        (select (i32.const 87) (i32.const 48)
          (i32.ge_u (local.get $digit) (i32.const 10)))))
    (i32.add (local.get $out) (i32.const 6)))

  (func $text (param $from i32) (param $end i32) (param $out i32) (result i32)
    (local $vector v128) (local $bits i32) (local $length i32)
    (i32.store8 (local.get $out) (i32.const 0x22))
    (local.set $out (i32.add (local.get $out) (i32.const 1)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $vector (v128.load align=1 (local.get $from)))
        (v128.store align=1 (local.get $out) (local.get $vector))
        (local.set $bits
          (i8x16.bitmask
            (v128.or
              (i8x16.lt_u (local.get $vector) (i8x16.splat (i32.const 0x20)))
              (v128.or
                (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x22)))
                (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x5c)))))))
        ;; The first that needs an escape, or the first beyond the vector.
        (local.set $length
          (i32.ctz (i32.or (local.get $bits) (i32.const 0x10000))))
        (if (i32.ge_u (local.get $length)
              (i32.sub (local.get $end) (local.get $from)))
          (then
            (local.set $out
              (i32.add (local.get $out)
                (i32.sub (local.get $end) (local.get $from))))
            (br $done)))
        (local.set $from (i32.add (local.get $from) (local.get $length)))
        (local.set $out (i32.add (local.get $out) (local.get $length)))
        (br_if $next (i32.eq (local.get $length) (i32.const 16)))
        (local.set $out
          (call $escaped (i32.load8_u (local.get $from)) (local.get $out)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $next)))
    (i32.store8 (local.get $out) (i32.const 0x22))
    (i32.add (local.get $out) (i32.const 1)))

  ;; JSON as it is spelt, on one line.
  (func $json (param $from i32) (param $end i32) (param $out i32) (result i32)
    (local $vector v128) (local $behind i32)
    (local.set $behind
      (i32.add (local.get $out) (i32.sub (local.get $end) (local.get $from))))
    (loop $next
      (local.set $vector (v128.load align=1 (local.get $from)))
      (v128.store align=1 (local.get $out)
        (v128.bitselect (i8x16.splat (i32.const 0x20)) (local.get $vector)
          (v128.or
            (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x0a)))
            (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x0d))))))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $end))))
    (local.get $behind))

  ;; Of the usual form: years of four digits, none before Christ.
  (func $timestamp (param $from i32) (param $end i32) (param $out i32)
    (param $zone i32) (result i32)
    (local $start i32)
    (if (i32.or
          (i32.lt_u (i32.sub (local.get $end) (local.get $from)) (i32.const 19))
          (i32.or
            (i32.ne (i32.load8_u offset=10 (local.get $from)) (i32.const 0x20))
            (i32.eq
              (i32.load8_u (i32.sub (local.get $end) (i32.const 1)))
              (i32.const 0x43))))
      (then (return (i32.const 0))))
    (if (local.get $zone)
      (then
        (local.set $end (i32.sub (local.get $end) (i32.const 3)))
        (if (i32.ne (i32.load8_u (local.get $end)) (i32.const 0x2b))
          (then (return (i32.const 0))))))
    (local.set $start (local.get $out))
    (i32.store8 (local.get $out) (i32.const 0x22))
    (local.set $out
      (call $raw (local.get $from) (local.get $end)
        (i32.add (local.get $out) (i32.const 1))))
    (i32.store8 offset=11 (local.get $start) (i32.const 0x54)) ;; T
    (if (local.get $zone)
      (then
        (i32.store8 (local.get $out) (i32.const 0x5a)) ;; Z
        (local.set $out (i32.add (local.get $out) (i32.const 1)))))
    (i32.store8 (local.get $out) (i32.const 0x22))
    (i32.add (local.get $out) (i32.const 1)))

  (func $boolean (param $from i32) (param $out i32) (result i32)
    (if (i32.eq (i32.load8_u (local.get $from)) (i32.const 0x74))
      (then
        (i32.store align=1 (local.get $out) (i32.const 0x65757274)) ;; true
        (return (i32.add (local.get $out) (i32.const 4)))))
    (i32.store align=1 (local.get $out) (i32.const 0x736c6166)) ;; fals
    (i32.store8 offset=4 (local.get $out) (i32.const 0x65))
    (i32.add (local.get $out) (i32.const 5)))

  (func $masked (param $out i32) (result i32)
    (i32.store align=1 (local.get $out) (i32.const 0x2a2a2a22))
    (i32.store8 offset=4 (local.get $out) (i32.const 0x22))
    (i32.add (local.get $out) (i32.const 5)))

  (func $value (param $kind i32) (param $from i32) (param $end i32)
    (param $out i32) (result i32)
    (block $masked (block $boolean (block $zoned (block $timestamp (block $json
      (block $text (block $plain (block $float (block $int64 (block $number
        (br_table $number $number $int64 $float $plain $text $json $timestamp
          $zoned $boolean $masked (local.get $kind)))
        (return (call $raw (local.get $from) (local.get $end) (local.get $out))))
        (return (call $int64 (local.get $from) (local.get $end) (local.get $out))))
        (return (call $float (local.get $from) (local.get $end) (local.get $out))))
        (return (call $quoted (local.get $from) (local.get $end) (local.get $out))))
        (return (call $text (local.get $from) (local.get $end) (local.get $out))))
        (return (call $json (local.get $from) (local.get $end) (local.get $out))))
        (return (call $timestamp (local.get $from) (local.get $end)
          (local.get $out) (i32.const 0))))
        (return (call $timestamp (local.get $from) (local.get $end)
          (local.get $out) (i32.const 1))))
        (return (call $boolean (local.get $from) (local.get $out))))
    (call $masked (local.get $out)))

  ;; One cell with its label; $from 0 is NULL.
  (func $cell (param $cell i32) (param $from i32) (param $end i32)
    (param $out i32) (result i32)
    (local $kind i32) (local $length i32)
    (local.set $kind (i32.load (local.get $cell)))
    (if (i32.eqz (local.get $kind)) (then (return (local.get $out))))
    (local.set $length (i32.load offset=8 (local.get $cell)))
    (call $copy (i32.load offset=4 (local.get $cell)) (local.get $length)
      (local.get $out))
    (local.set $out (i32.add (local.get $out) (local.get $length)))
    (if (i32.eqz (local.get $from))
      (then
        (i32.store align=1 (local.get $out) (i32.const 0x6c6c756e)) ;; null
        (return (i32.add (local.get $out) (i32.const 4)))))
    (call $value (local.get $kind) (local.get $from) (local.get $end)
      (local.get $out)))

  ;; The cells of a TupleData.
  (func $message_row (param $at i32) (param $plan i32) (param $out i32)
    (result i32)
    (local $left i32) (local $cell i32) (local $from i32) (local $kind i32)
    (local.set $left (i32.load (local.get $plan)))
    (if (i32.ne (local.get $left)
          (i32.or
            (i32.shl (i32.load8_u (local.get $at)) (i32.const 8))
            (i32.load8_u offset=1 (local.get $at))))
      (then (return (i32.const 0))))
    (local.set $at (i32.add (local.get $at) (i32.const 2)))
    (local.set $cell (i32.add (local.get $plan) (i32.const 32)))
    (loop $next
      (local.set $kind (i32.load8_u (local.get $at)))
      (local.set $from (i32.const 0))
      (if (i32.eq (local.get $kind) (i32.const 0x74)) ;; text
        (then
          (local.set $from (i32.add (local.get $at) (i32.const 5)))
          (local.set $at
            (i32.add (local.get $from)
              (call $word (i32.add (local.get $at) (i32.const 1))))))
        (else
          (if (i32.ne (local.get $kind) (i32.const 0x6e)) ;; null
            (then (return (i32.const 0))))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))))
      (local.set $out
        (call $cell (local.get $cell) (local.get $from) (local.get $at)
          (local.get $out)))
      (if (i32.eqz (local.get $out)) (then (return (i32.const 0))))
      (local.set $cell (i32.add (local.get $cell) (i32.const 16)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $next (local.get $left)))
    (local.get $out))

  ;; → the first tab, line feed or backslash.
  (func $cell_end (param $at i32) (result i32)
    (local $vector v128) (local $bits i32)
    (loop $next
      (local.set $vector (v128.load align=1 (local.get $at)))
      (local.set $bits
        (i8x16.bitmask
          (v128.or
            (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x5c)))
            (v128.or
              (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x09)))
              (i8x16.eq (local.get $vector) (i8x16.splat (i32.const 0x0a)))))))
      (if (i32.eqz (local.get $bits))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next))))
    (i32.add (local.get $at) (i32.ctz (local.get $bits))))

  ;; The cells of a row of COPY whose line feed is at $end.
  (func $copied_row (param $at i32) (param $end i32) (param $plan i32)
    (param $out i32) (result i32)
    (local $left i32) (local $cell i32) (local $from i32) (local $to i32)
    (local.set $left (i32.load (local.get $plan)))
    (local.set $cell (i32.add (local.get $plan) (i32.const 32)))
    (loop $next
      (local.set $from (local.get $at))
      (local.set $to (call $cell_end (local.get $at)))
      (if (i32.eq (i32.load8_u (local.get $to)) (i32.const 0x5c))
        (then
          ;; An escape; of these only \N alone is understood.
          (if (i32.or
                (i32.ne (local.get $to) (local.get $from))
                (i32.ne (i32.load8_u offset=1 (local.get $to)) (i32.const 0x4e)))
            (then (return (i32.const 0))))
          (local.set $to (i32.add (local.get $to) (i32.const 2)))
          (local.set $from (i32.const 0))))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (if (i32.ne (i32.load8_u (local.get $to))
            (select (i32.const 0x09) (i32.const 0x0a) (local.get $left)))
        (then (return (i32.const 0))))
      (local.set $out
        (call $cell (local.get $cell) (local.get $from) (local.get $to)
          (local.get $out)))
      (if (i32.eqz (local.get $out)) (then (return (i32.const 0))))
      (local.set $at (i32.add (local.get $to) (i32.const 1)))
      (local.set $cell (i32.add (local.get $cell) (i32.const 16)))
      (br_if $next (local.get $left)))
    (select (local.get $out) (i32.const 0)
      (i32.eq (local.get $to) (local.get $end))))

  ;; The end of a line, with the index in its place.
  (func $tail (param $plan i32) (param $which i32) (param $index i32)
    (param $out i32) (result i32)
    (local $length i32) (local $at i32)
    (local.set $which (i32.add (local.get $plan) (local.get $which)))
    (local.set $length (i32.load offset=4 (local.get $which)))
    (call $copy (i32.load (local.get $which)) (local.get $length)
      (local.get $out))
    (local.set $out (i32.add (local.get $out) (local.get $length)))
    (local.set $at
      (i32.sub (local.get $out) (i32.load offset=24 (local.get $plan))))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $index)))
        (i32.store8 (local.get $at)
          (i32.add (i32.const 48) (i32.rem_u (local.get $index) (i32.const 10))))
        (local.set $index (i32.div_u (local.get $index) (i32.const 10)))
        (local.set $at (i32.sub (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $out))

  ;; Whether a row of so many bytes has room before $stop, whatever it is.
  (func $has_room (param $plan i32) (param $bytes i32) (param $out i32)
    (param $stop i32) (result i32)
    (i32.le_u
      (i32.add (local.get $out)
        (i32.add (i32.mul (local.get $bytes) (i32.const 6))
          (i32.load offset=28 (local.get $plan))))
      (local.get $stop)))

  ;; Writes inserts and updates of one table while they follow each other and the
  ;; lines have not reached $enough → the message that comes next.
  (func (export "changes") (param $at i32) (param $end i32) (param $plan i32)
    (param $out i32) (param $enough i32) (param $stop i32) (param $index i32)
    (result i32)
    (local $next i32) (local $which i32) (local $line i32)
    (global.set $count (i32.const 0))
    (block $done
      (loop $messages
        (br_if $done (i32.ge_u (local.get $out) (local.get $enough)))
        (br_if $done
          (i32.gt_u (i32.add (local.get $at) (i32.const 38)) (local.get $end)))
        (br_if $done ;; CopyData
          (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x64)))
        (local.set $next
          (i32.add (i32.add (local.get $at) (i32.const 1))
            (call $word (i32.add (local.get $at) (i32.const 1)))))
        (br_if $done (i32.gt_u (local.get $next) (local.get $end)))
        (br_if $done ;; XLogData
          (i32.ne (i32.load8_u offset=5 (local.get $at)) (i32.const 0x77)))
        (local.set $which (i32.load8_u offset=30 (local.get $at)))
        (if (i32.eq (local.get $which) (i32.const 0x49)) ;; I
          (then (local.set $which (i32.const 8)))
          (else
            (br_if $done (i32.ne (local.get $which) (i32.const 0x55))) ;; U
            (local.set $which (i32.const 16))))
        (br_if $done
          (i32.ne (i32.load offset=31 align=1 (local.get $at))
            (i32.load offset=4 (local.get $plan))))
        (br_if $done ;; N
          (i32.ne (i32.load8_u offset=35 (local.get $at)) (i32.const 0x4e)))
        (br_if $done
          (i32.eqz
            (call $has_room (local.get $plan)
              (i32.sub (local.get $next) (local.get $at))
              (local.get $out) (local.get $stop))))
        (local.set $line
          (call $message_row (i32.add (local.get $at) (i32.const 36))
            (local.get $plan) (local.get $out)))
        (br_if $done (i32.eqz (local.get $line)))
        (local.set $index (i32.add (local.get $index) (i32.const 1)))
        (local.set $out
          (call $tail (local.get $plan) (local.get $which) (local.get $index)
            (local.get $line)))
        (local.set $at (local.get $next))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (br $messages)))
    (global.set $line_end (local.get $out))
    (global.set $index (local.get $index))
    (local.get $at))

  ;; The same for rows of COPY, which all have one index.
  (func (export "copies") (param $at i32) (param $end i32) (param $plan i32)
    (param $out i32) (param $enough i32) (param $stop i32) (param $index i32)
    (result i32)
    (local $next i32) (local $line i32)
    (global.set $count (i32.const 0))
    (block $done
      (loop $messages
        (br_if $done (i32.ge_u (local.get $out) (local.get $enough)))
        (br_if $done
          (i32.gt_u (i32.add (local.get $at) (i32.const 6)) (local.get $end)))
        (br_if $done ;; CopyData
          (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x64)))
        (local.set $next
          (i32.add (i32.add (local.get $at) (i32.const 1))
            (call $word (i32.add (local.get $at) (i32.const 1)))))
        (br_if $done (i32.gt_u (local.get $next) (local.get $end)))
        (br_if $done
          (i32.eqz
            (call $has_room (local.get $plan)
              (i32.sub (local.get $next) (local.get $at))
              (local.get $out) (local.get $stop))))
        (local.set $line
          (call $copied_row (i32.add (local.get $at) (i32.const 5))
            (i32.sub (local.get $next) (i32.const 1))
            (local.get $plan) (local.get $out)))
        (br_if $done (i32.eqz (local.get $line)))
        (local.set $out
          (call $tail (local.get $plan) (i32.const 8) (local.get $index)
            (local.get $line)))
        (global.set $last_row (i32.add (local.get $at) (i32.const 5)))
        (local.set $at (local.get $next))
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (br $messages)))
    (global.set $line_end (local.get $out))
    (global.set $index (local.get $index))
    (local.get $at)))
