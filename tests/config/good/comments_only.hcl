# one
// two
/* three
four */
