;; Checks JSON and moves it between plain JSON Lines and envelope lines.
;;
;; A range handed in ends with a line feed, and at least 64 readable bytes follow
;; it. JSON on one line holds no line feed, so every loop ends there at the latest
;; and nothing compares with the end of the range. What is written may overrun its
;; own end by 16 bytes (whole vectors are copied); json_lines.ts leaves room.
;;
;; Built into json_lines_wasm.ts by `deno task wasm`. json_lines_test.ts compares
;; every answer with JSON.parse.
(module
  (import "lines" "memory" (memory 1))

  ;; Where the value scan failed.
  (global $error_at (mut i32) (i32.const 0))

  ;; Open brackets: one byte each, `}` or `]`, from address 0.
  (global $max_depth i32 (i32.const 65000))

  ;; → the first byte that is no blank, tab or carriage return.
  (func $skip_blanks (param $at i32) (result i32)
    (local $byte i32)
    (loop $next
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.gt_u (local.get $byte) (i32.const 32))
        (then (return (local.get $at))))
      (if (i32.or
            (i32.or
              (i32.eq (local.get $byte) (i32.const 32))
              (i32.eq (local.get $byte) (i32.const 9)))
            (i32.eq (local.get $byte) (i32.const 13)))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $at))

  (func $is_digit (param $byte i32) (result i32)
    (i32.lt_u (i32.sub (local.get $byte) (i32.const 48)) (i32.const 10)))

  (func $is_hex (param $byte i32) (result i32)
    (i32.or
      (call $is_digit (local.get $byte))
      (i32.lt_u ;; letters in either case
        (i32.sub (i32.or (local.get $byte) (i32.const 32)) (i32.const 97))
        (i32.const 6))))

  ;; -1, and where.
  (func $fail (param $at i32) (result i32)
    (global.set $error_at (local.get $at))
    (i32.const -1))

  ;; → after the digits at $at, of which there must be one; or -1.
  (func $digits (param $at i32) (result i32)
    (if (i32.eqz (call $is_digit (i32.load8_u (local.get $at))))
      (then (return (call $fail (local.get $at)))))
    (loop $next
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next (call $is_digit (i32.load8_u (local.get $at)))))
    (local.get $at))

  ;; $at is `-` or a digit → after the number, or -1.
  (func $number (param $at i32) (result i32)
    (local $byte i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 45))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 48))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1))))
      (else
        (local.set $at (call $digits (local.get $at)))
        (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 46))
      (then
        (local.set $at (call $digits (i32.add (local.get $at) (i32.const 1))))
        (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))))
    (if (i32.eq (i32.or (i32.load8_u (local.get $at)) (i32.const 32)) (i32.const 101))
      (then
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.or
              (i32.eq (local.get $byte) (i32.const 43))
              (i32.eq (local.get $byte) (i32.const 45)))
          (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
        (return (call $digits (local.get $at)))))
    (local.get $at))

  ;; $at is after a backslash → after the escape, or -1.
  (func $escape (param $at i32) (result i32)
    (local $byte i32) (local $last i32)
    (local.set $byte (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $byte) (i32.const 117)) ;; u and four hexadecimal digits
      (then
        (local.set $last (i32.add (local.get $at) (i32.const 4)))
        (loop $next
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (if (i32.eqz (call $is_hex (i32.load8_u (local.get $at))))
            (then (return (call $fail (local.get $at)))))
          (br_if $next (i32.lt_u (local.get $at) (local.get $last))))
        (return (i32.add (local.get $at) (i32.const 1)))))
    (if (i32.or (i32.or (i32.or
          (i32.eq (local.get $byte) (i32.const 34))    ;; "
          (i32.eq (local.get $byte) (i32.const 92)))   ;; \
        (i32.or
          (i32.eq (local.get $byte) (i32.const 110))   ;; n
          (i32.eq (local.get $byte) (i32.const 116)))) ;; t
        (i32.or (i32.or
          (i32.eq (local.get $byte) (i32.const 114))   ;; r
          (i32.eq (local.get $byte) (i32.const 47)))   ;; /
        (i32.or
          (i32.eq (local.get $byte) (i32.const 98))    ;; b
          (i32.eq (local.get $byte) (i32.const 102))))) ;; f
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (call $fail (local.get $at)))

  ;; $at is after the opening quote → after the closing one, or -1.
  (func $string (param $at i32) (result i32)
    (local $bytes v128) (local $hits i32) (local $byte i32)
    (loop $next
      (local.set $bytes (v128.load align=1 (local.get $at)))
      (local.set $hits
        (i8x16.bitmask
          (v128.or
            (v128.or
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 34)))
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 92))))
            (i8x16.lt_u (local.get $bytes) (i8x16.splat (i32.const 32))))))
      (if (i32.eqz (local.get $hits))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $hits))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 34))
        (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.eq (local.get $byte) (i32.const 92))
        (then
          (local.set $at (call $escape (i32.add (local.get $at) (i32.const 1))))
          (br_if $next (i32.ge_s (local.get $at) (i32.const 0)))
          (return (i32.const -1)))))
    (call $fail (local.get $at)))

  ;; $at is the first byte of a value that is no string, object or array
  ;; → after it, or -1.
  (func $scalar (param $at i32) (param $byte i32) (result i32)
    (local $word i32)
    (if (i32.or
          (i32.eq (local.get $byte) (i32.const 45))
          (call $is_digit (local.get $byte)))
      (then (return (call $number (local.get $at)))))
    (local.set $word (i32.load align=1 (local.get $at)))
    (if (i32.or
          (i32.eq (local.get $word) (i32.const 0x6c6c756e))  ;; null
          (i32.eq (local.get $word) (i32.const 0x65757274))) ;; true
      (then (return (i32.add (local.get $at) (i32.const 4)))))
    (if (i32.and
          (i32.eq (local.get $word) (i32.const 0x736c6166))  ;; fals
          (i32.eq (i32.load8_u offset=4 (local.get $at)) (i32.const 101)))
      (then (return (i32.add (local.get $at) (i32.const 5)))))
    (call $fail (local.get $at)))

  ;; → after the JSON value that begins at $at after blanks, or -1.
  (func $value (export "value") (param $at i32) (result i32)
    (local $byte i32) (local $depth i32) (local $close i32)
    (loop $next_value
      (local.set $at (call $skip_blanks (local.get $at)))
      (local.set $byte (i32.load8_u (local.get $at)))
      (block $after_value
        (block $next_key
          (if (i32.eq (local.get $byte) (i32.const 34))
            (then
              (local.set $at (call $string (i32.add (local.get $at) (i32.const 1))))
              (br_if $after_value (i32.ge_s (local.get $at) (i32.const 0)))
              (return (i32.const -1))))
          ;; `{` 123 and `[` 91 close with the byte two further on.
          (if (i32.eq (i32.or (local.get $byte) (i32.const 32)) (i32.const 123))
            (then
              (if (i32.ge_u (local.get $depth) (global.get $max_depth))
                (then (return (call $fail (local.get $at)))))
              (i32.store8 (local.get $depth) (local.get $close))
              (local.set $depth (i32.add (local.get $depth) (i32.const 1)))
              (local.set $close (i32.add (local.get $byte) (i32.const 2)))
              (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
              (if (i32.eq (i32.load8_u (local.get $at)) (local.get $close))
                (then
                  (local.set $at (i32.add (local.get $at) (i32.const 1)))
                  (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
                  (local.set $close (i32.load8_u (local.get $depth)))
                  (br $after_value)))
              (br_if $next_key (i32.eq (local.get $close) (i32.const 125)))
              (br $next_value)))
          (local.set $at (call $scalar (local.get $at) (local.get $byte)))
          (br_if $after_value (i32.ge_s (local.get $at) (i32.const 0)))
          (return (i32.const -1)))
        ;; a key: its quote is at $at
        (local.set $at (call $key (local.get $at)))
        (br_if $next_value (i32.ge_s (local.get $at) (i32.const 0)))
        (return (i32.const -1)))
      (loop $closing
        (if (i32.eqz (local.get $depth)) (then (return (local.get $at))))
        (local.set $at (call $skip_blanks (local.get $at)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (if (i32.eq (local.get $byte) (local.get $close))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
            (local.set $close (i32.load8_u (local.get $depth)))
            (br $closing))))
      (if (i32.ne (local.get $byte) (i32.const 44))
        (then (return (call $fail (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $next_value (i32.eq (local.get $close) (i32.const 93)))
      (local.set $at (call $key (call $skip_blanks (local.get $at))))
      (br_if $next_value (i32.ge_s (local.get $at) (i32.const 0))))
    (i32.const -1))

  ;; After the closing quote of the last key read.
  (global $key_to (mut i32) (i32.const 0))

  ;; $at is where a key's quote must be → after its colon, or -1.
  (func $key (param $at i32) (result i32)
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 34))
      (then (return (call $fail (local.get $at)))))
    (local.set $at (call $string (i32.add (local.get $at) (i32.const 1))))
    (if (i32.lt_s (local.get $at) (i32.const 0)) (then (return (i32.const -1))))
    (global.set $key_to (local.get $at))
    (local.set $at (call $skip_blanks (local.get $at)))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 58))
      (then (return (call $fail (local.get $at)))))
    (i32.add (local.get $at) (i32.const 1)))

  ;; Copies $len bytes in whole vectors → after them at the target.
  (func $copy (param $to i32) (param $from i32) (param $len i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $to) (local.get $len)))
    (if (i32.gt_u (local.get $len) (i32.const 1024))
      (then
        (memory.copy (local.get $to) (local.get $from) (local.get $len))
        (return (local.get $end))))
    (loop $next
      (v128.store align=1 (local.get $to) (v128.load align=1 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (i32.const 16)))
      (local.set $to (i32.add (local.get $to) (i32.const 16)))
      (br_if $next (i32.lt_u (local.get $to) (local.get $end))))
    (local.get $end))

  ;; Writes $number in decimal → after it.
  (func $decimal (param $to i32) (param $number i64) (result i32)
    (local $length i32) (local $rest i64) (local $end i32)
    (local.set $rest (local.get $number))
    (loop $count
      (local.set $length (i32.add (local.get $length) (i32.const 1)))
      (local.set $rest (i64.div_u (local.get $rest) (i64.const 10)))
      (br_if $count (i64.ne (local.get $rest) (i64.const 0))))
    (local.set $end (i32.add (local.get $to) (local.get $length)))
    (local.set $to (local.get $end))
    (loop $digit
      (local.set $to (i32.sub (local.get $to) (i32.const 1)))
      (local.set $rest (i64.div_u (local.get $number) (i64.const 10)))
      (i32.store8 (local.get $to)
        (i32.add (i32.const 48)
          (i32.wrap_i64
            (i64.sub (local.get $number) (i64.mul (local.get $rest) (i64.const 10))))))
      (local.set $number (local.get $rest))
      (br_if $digit (i64.ne (local.get $number) (i64.const 0))))
    (local.get $end))

  ;; Each line of [$at, $end) that is a JSON value becomes
  ;;   HEAD value MIDDLE line-number "}}" LF
  ;; at $to; blank lines are passed over. $line is the first one's number.
  ;; Stops at a line that is not JSON (1) or when $to_end has no room (2).
  ;; $result: 5 × i32: stopped at, written to, lines passed, written, error at.
  ;; → 0 everything read, 1, 2.
  (func (export "wrap")
    (param $at i32) (param $end i32) (param $to i32) (param $to_end i32)
    (param $head i32) (param $head_len i32) (param $middle i32) (param $middle_len i32)
    (param $line i64) (param $result i32) (result i32)
    (local $first i64) (local $start i32) (local $value_end i32) (local $written i32)
    (local $status i32) (local $room i32)
    (local.set $first (local.get $line))
    (local.set $room ;; what a line gets besides itself: 20 digits and "}}" LF
      (i32.add (i32.const 23)
        (i32.add (local.get $head_len) (local.get $middle_len))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $start (call $skip_blanks (local.get $at)))
        (if (i32.ne (i32.load8_u (local.get $start)) (i32.const 10))
          (then
            (local.set $value_end (call $value (local.get $start)))
            (local.set $status (i32.const 1))
            (br_if $done (i32.lt_s (local.get $value_end) (i32.const 0)))
            (global.set $error_at (call $skip_blanks (local.get $value_end)))
            (br_if $done
              (i32.ne (i32.load8_u (global.get $error_at)) (i32.const 10)))
            (local.set $status (i32.const 2))
            (br_if $done
              (i32.gt_u
                (i32.add (local.get $to)
                  (i32.add (local.get $room)
                    (i32.sub (local.get $value_end) (local.get $start))))
                (local.get $to_end)))
            (local.set $to
              (call $copy (local.get $to) (local.get $head) (local.get $head_len)))
            (local.set $to
              (call $copy (local.get $to) (local.get $start)
                (i32.sub (local.get $value_end) (local.get $start))))
            (local.set $to
              (call $copy (local.get $to) (local.get $middle) (local.get $middle_len)))
            (local.set $to (call $decimal (local.get $to) (local.get $line)))
            (i32.store align=1 (local.get $to) (i32.const 0x0a7d7d))
            (local.set $to (i32.add (local.get $to) (i32.const 3)))
            (local.set $written (i32.add (local.get $written) (i32.const 1)))
            (local.set $start (global.get $error_at))
            (local.set $status (i32.const 0))))
        (local.set $line (i64.add (local.get $line) (i64.const 1)))
        (local.set $at (i32.add (local.get $start) (i32.const 1)))
        (br $next)))
    (i32.store (local.get $result) (local.get $at))
    (i32.store offset=4 (local.get $result) (local.get $to))
    (i32.store offset=8 (local.get $result)
      (i32.wrap_i64 (i64.sub (local.get $line) (local.get $first))))
    (i32.store offset=12 (local.get $result) (local.get $written))
    (i32.store offset=16 (local.get $result) (global.get $error_at))
    (local.get $status))

  ;; $at must hold `"metadata"` → after it, or -1.
  (func $metadata_key (param $at i32) (result i32)
    (select
      (i32.add (local.get $at) (i32.const 10))
      (i32.const -1)
      (i32.and
        (i64.eq (i64.load align=1 (local.get $at)) (i64.const 0x7461646174656d22))
        (i32.eq (i32.load16_u offset=8 align=1 (local.get $at)) (i32.const 0x2261)))))

  ;; $at is the first byte of an envelope line of the usual shape, keys in the order
  ;; data, metadata and no others → the line feed after it, or -1. The data value
  ;; lies from $data_from to $data_to, the metadata from $metadata_from to $metadata_to.
  (global $data_from (mut i32) (i32.const 0))
  (global $data_to (mut i32) (i32.const 0))
  (global $metadata_from (mut i32) (i32.const 0))
  (global $metadata_to (mut i32) (i32.const 0))
  (func $envelope (param $at i32) (result i32)
    (block $other
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 123)))
      (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
      (br_if $other ;; "data"
        (i32.ne (i32.load align=1 (local.get $at)) (i32.const 0x74616422)))
      (br_if $other
        (i32.ne (i32.load16_u offset=4 align=1 (local.get $at)) (i32.const 0x2261)))
      (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 6))))
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 58)))
      (global.set $data_from
        (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
      (global.set $data_to (call $value (global.get $data_from)))
      (br_if $other (i32.lt_s (global.get $data_to) (i32.const 0)))
      (local.set $at (call $skip_blanks (global.get $data_to)))
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 44)))
      (local.set $at
        (call $metadata_key
          (call $skip_blanks (i32.add (local.get $at) (i32.const 1)))))
      (br_if $other (i32.lt_s (local.get $at) (i32.const 0)))
      (local.set $at (call $skip_blanks (local.get $at)))
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 58)))
      (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 123)))
      (global.set $metadata_from (local.get $at))
      (local.set $at (call $value (local.get $at)))
      (global.set $metadata_to (local.get $at))
      (br_if $other (i32.lt_s (local.get $at) (i32.const 0)))
      (local.set $at (call $skip_blanks (local.get $at)))
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 125)))
      (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 10)))
      (return (local.get $at)))
    (i32.const -1))

  ;; The data value of each envelope line of [$at, $end), and a line feed, at $to,
  ;; which needs as much room as the range. Stops at the first line of another
  ;; shape. $result: 3 × i32: stopped at, written to, lines written.
  (func (export "unwrap")
    (param $at i32) (param $end i32) (param $to i32) (param $result i32)
    (local $next i32) (local $written i32)
    (block $done
      (loop $lines
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $next (call $envelope (local.get $at)))
        (br_if $done (i32.lt_s (local.get $next) (i32.const 0)))
        (local.set $to
          (call $copy (local.get $to) (global.get $data_from)
            (i32.sub (global.get $data_to) (global.get $data_from))))
        (i32.store8 (local.get $to) (i32.const 10))
        (local.set $to (i32.add (local.get $to) (i32.const 1)))
        (local.set $at (i32.add (local.get $next) (i32.const 1)))
        (local.set $written (i32.add (local.get $written) (i32.const 1)))
        (br $lines)))
    (i32.store (local.get $result) (local.get $at))
    (i32.store offset=4 (local.get $result) (local.get $to))
    (i32.store offset=8 (local.get $result) (local.get $written)))

  ;; One envelope line of the usual shape ($envelope). $result: 2 × i32: the data
  ;; value's begin and end. → the line feed after the line, or -1.
  (func (export "envelope") (param $at i32) (param $result i32) (result i32)
    (local.set $at (call $envelope (local.get $at)))
    (i32.store (local.get $result) (global.get $data_from))
    (i32.store offset=4 (local.get $result) (global.get $data_to))
    (local.get $at))

  ;; Envelope lines of the usual shape in [$at, $end): 5 × i32 each at $table (data:
  ;; begin, end; metadata: begin, end; line feed) → how many, up to the first line of
  ;; another shape or the table's end.
  (func (export "locate")
    (param $at i32) (param $end i32) (param $table i32) (param $table_end i32)
    (result i32)
    (local $line_feed i32) (local $count i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (br_if $done (i32.ge_u (local.get $table) (local.get $table_end)))
        (local.set $line_feed (call $envelope (local.get $at)))
        (br_if $done (i32.lt_s (local.get $line_feed) (i32.const 0)))
        (i32.store (local.get $table) (global.get $data_from))
        (i32.store offset=4 (local.get $table) (global.get $data_to))
        (i32.store offset=8 (local.get $table) (global.get $metadata_from))
        (i32.store offset=12 (local.get $table) (global.get $metadata_to))
        (i32.store offset=16 (local.get $table) (local.get $line_feed))
        (local.set $table (i32.add (local.get $table) (i32.const 20)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (local.set $at (i32.add (local.get $line_feed) (i32.const 1)))
        (br $next)))
    (local.get $count))

  ;; The members of the object at $at: 4 × i32 each at $table (key with its quotes:
  ;; begin, end; value: begin, end) → how many, or -1 when $at is no object or
  ;; $table_end is reached.
  (func (export "members")
    (param $at i32) (param $table i32) (param $table_end i32) (result i32)
    (local $count i32) (local $byte i32)
    (block $other
      (br_if $other (i32.ne (i32.load8_u (local.get $at)) (i32.const 123)))
      (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 125))
        (then (return (i32.const 0))))
      (loop $next
        (br_if $other (i32.ge_u (local.get $table) (local.get $table_end)))
        (i32.store (local.get $table) (local.get $at))
        (local.set $at (call $key (local.get $at)))
        (br_if $other (i32.lt_s (local.get $at) (i32.const 0)))
        (i32.store offset=4 (local.get $table) (global.get $key_to))
        (local.set $at (call $skip_blanks (local.get $at)))
        (i32.store offset=8 (local.get $table) (local.get $at))
        (local.set $at (call $value (local.get $at)))
        (br_if $other (i32.lt_s (local.get $at) (i32.const 0)))
        (i32.store offset=12 (local.get $table) (local.get $at))
        (local.set $table (i32.add (local.get $table) (i32.const 16)))
        (local.set $count (i32.add (local.get $count) (i32.const 1)))
        (local.set $at (call $skip_blanks (local.get $at)))
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $at (call $skip_blanks (i32.add (local.get $at) (i32.const 1))))
        (br_if $next (i32.eq (local.get $byte) (i32.const 44))))
      (br_if $other (i32.ne (local.get $byte) (i32.const 125)))
      (return (local.get $count)))
    (i32.const -1))

  ;; Counts the lines of [$at, $end) up to the first that does not begin with `{`.
  ;; $result: 2 × i32: where that line begins (or $end), lines before it.
  (func (export "count")
    (param $at i32) (param $end i32) (param $result i32)
    (local $bytes v128) (local $ends i32) (local $begins i32) (local $carry i32)
    (local $left i32) (local $lines i32) (local $strays i32)
    (local.set $carry (i32.const 1)) ;; the byte before $at ended a line
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bytes (v128.load align=1 (local.get $at)))
        (local.set $ends
          (i8x16.bitmask
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 10)))))
        (local.set $begins
          (i32.and (i32.const 0xffff)
            (i32.or (local.get $carry) (i32.shl (local.get $ends) (i32.const 1)))))
        (local.set $left (i32.sub (local.get $end) (local.get $at)))
        (if (i32.lt_u (local.get $left) (i32.const 16))
          (then
            (local.set $left
              (i32.sub (i32.shl (i32.const 1) (local.get $left)) (i32.const 1)))
            (local.set $ends (i32.and (local.get $ends) (local.get $left)))
            (local.set $begins (i32.and (local.get $begins) (local.get $left)))))
        (local.set $strays
          (i32.and (local.get $begins)
            (i32.xor (i32.const -1)
              (i8x16.bitmask
                (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 123)))))))
        (if (local.get $strays)
          (then
            (local.set $left (i32.ctz (local.get $strays)))
            (local.set $end (i32.add (local.get $at) (local.get $left)))
            (local.set $ends
              (i32.and (local.get $ends)
                (i32.sub (i32.shl (i32.const 1) (local.get $left)) (i32.const 1))))))
        (local.set $lines (i32.add (local.get $lines) (i32.popcnt (local.get $ends))))
        (local.set $carry (i32.shr_u (local.get $ends) (i32.const 15)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (i32.store (local.get $result) (local.get $end))
    (i32.store offset=4 (local.get $result) (local.get $lines)))
)
