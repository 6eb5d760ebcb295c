package tarn_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/tarndb/tarn"
)

func Example() {
	dir, err := os.MkdirTemp("", "tarn-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	db, err := tarn.Open(tarn.Options{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	ctx := context.Background()
	err = db.Exec(ctx, `
		CREATE TABLE payments (id int PRIMARY KEY, customer text, amount numeric(10,2));
		CREATE MATERIALIZED VIEW totals AS
		  SELECT customer, count(*) AS payments, sum(amount) AS total FROM payments GROUP BY customer`)
	if err != nil {
		log.Fatal(err)
	}
	if err := db.Exec(ctx, `INSERT INTO payments VALUES (1, 'Ada', 10.50), (2, 'Ben', 7), (3, 'Ada', 4.50)`); err != nil {
		log.Fatal(err)
	}

	totals, err := db.Query(ctx, `SELECT customer, total FROM totals ORDER BY customer`)
	if err != nil {
		log.Fatal(err)
	}
	for i := range totals.Rows {
		customer, _ := totals.Text(i, 0)
		total, _ := totals.Text(i, 1)
		fmt.Println(customer, total)
	}
	// Output:
	// Ada 15.00
	// Ben 7.00
}
