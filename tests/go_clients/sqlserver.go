package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

// sqlServer reads a table of types and tries each operation:
// sqlserver PORT COUNT [CERTIFICATE]. A line of JSON for each.
func sqlServer(args []string) error {
	secure := "encrypt=disable"
	if len(args) > 2 {
		secure = "encrypt=true&hostNameInCertificate=localhost&certificate=" + args[2]
	}
	db, err := sql.Open("sqlserver",
		fmt.Sprintf("sqlserver://sa:secret@127.0.0.1:%s?database=shop&%s", args[0], secure))
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // what a cancelled statement leaves behind is met again
	var count int
	fmt.Sscan(args[1], &count)
	for n := 0; n < count; n++ {
		say(readType(db, n))
	}
	for _, each := range sqlOperations {
		text, err := each.work(db)
		if err != nil {
			text = "failed: " + err.Error()
		}
		say([]string{each.name, text})
	}
	return nil
}

func say(value any) {
	line, _ := json.Marshal(value)
	fmt.Println(string(line))
}

func readType(db *sql.DB, n int) string {
	rows, err := db.Query(fmt.Sprintf("SELECT type %d", n))
	if err != nil {
		return "failed: " + err.Error()
	}
	defer rows.Close()
	types, _ := rows.ColumnTypes()
	var value any
	rows.Next()
	if err := rows.Scan(&value); err != nil {
		return "failed: " + err.Error()
	}
	return shown(value, types[0].DatabaseTypeName())
}

var timeForms = map[string]string{
	"DATE":           "2006-01-02",
	"TIME":           "15:04:05.9999999",
	"DATETIMEOFFSET": "2006-01-02 15:04:05.9999999 -07:00",
}

func shown(value any, kind string) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case bool:
		return map[bool]string{true: "True", false: "False"}[value]
	case time.Time:
		form := timeForms[kind]
		if form == "" {
			form = "2006-01-02 15:04:05.9999999"
		}
		return value.Format(form)
	case []byte:
		switch kind {
		case "DECIMAL", "MONEY", "SMALLMONEY":
			return string(value)
		case "UNIQUEIDENTIFIER":
			var id mssql.UniqueIdentifier
			id.Scan(value)
			return strings.ToLower(id.String())
		}
		return "0x" + hex.EncodeToString(value)
	}
	return fmt.Sprint(value)
}

var sqlOperations = []struct {
	name string
	work func(*sql.DB) (string, error)
}{
	{"count", func(db *sql.DB) (string, error) {
		done, err := db.Exec("UPDATE orders")
		if err != nil {
			return "", err
		}
		affected, err := done.RowsAffected()
		return fmt.Sprint(affected), err
	}},
	{"parameters", func(db *sql.DB) (text string, err error) {
		err = db.QueryRow("SELECT parameters @p1, @p2, @p3, @p4",
			int64(7), "grüße", nil, []byte{1, 255}).Scan(&text)
		return
	}},
	{"prepared", func(db *sql.DB) (string, error) {
		statement, err := db.Prepare("SELECT parameters @p1")
		if err != nil {
			return "", err
		}
		defer statement.Close()
		var both [2]string
		for n := range both {
			if err := statement.QueryRow(int64(n)).Scan(&both[n]); err != nil {
				return "", err
			}
		}
		return strings.Join(both[:], " "), nil
	}},
	{"transactions", func(db *sql.DB) (string, error) {
		for _, commits := range []bool{true, false} {
			tx, err := db.Begin()
			if err != nil {
				return "", err
			}
			if _, err := tx.Exec("UPDATE orders"); err != nil {
				return "", err
			}
			if commits {
				err = tx.Commit()
			} else {
				err = tx.Rollback()
			}
			if err != nil {
				return "", err
			}
		}
		return "done", nil
	}},
	{"error", func(db *sql.DB) (string, error) {
		_, err := db.Exec("SELECT FAIL")
		var failed mssql.Error
		if !errors.As(err, &failed) {
			return "", fmt.Errorf("no error of the server: %v", err)
		}
		return fmt.Sprint(failed.Number, " ", failed.Message), nil
	}},
	{"several results", func(db *sql.DB) (string, error) {
		rows, err := db.Query("SELECT twice")
		if err != nil {
			return "", err
		}
		defer rows.Close()
		var all []string
		for more := true; more; more = rows.NextResultSet() {
			for rows.Next() {
				var n int
				if err := rows.Scan(&n); err != nil {
					return "", err
				}
				all = append(all, fmt.Sprint(n))
			}
		}
		return strings.Join(all, " "), rows.Err()
	}},
	{"cancel", func(db *sql.DB) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
		defer cancel()
		if _, err := db.ExecContext(ctx, "WAITFOR DELAY 1"); err == nil {
			return "", errors.New("it was not cancelled")
		}
		_, err := db.Exec("UPDATE orders")
		return "usable", err
	}},
}
