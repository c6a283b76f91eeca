// Go's side of `bench sync`: go_queues WORKLOAD COUNT SIZE.
package main

import (
	"fmt"
	"os"
	"strconv"
)

const room = 1024

// As a message is: on the heap.
type item struct{ value int }

func check(got *item, want int) {
	if got.value != want {
		fmt.Fprintln(os.Stderr, "wrong item")
		os.Exit(1)
	}
}

func queue(count, _ int) {
	items := make(chan *item, room)
	go func() {
		for i := 0; i < count; i++ {
			items <- &item{i}
		}
	}()
	for i := 0; i < count; i++ {
		check(<-items, i)
	}
}

func batches(count, size int) {
	items := make(chan []*item, room/size)
	go func() {
		for i := 0; i < count; i += size {
			batch := make([]*item, size)
			for j := range batch {
				batch[j] = &item{i + j}
			}
			items <- batch
		}
	}()
	for i := 0; i < count; {
		for _, one := range <-items {
			check(one, i)
			i++
		}
	}
}

func pingpong(count, _ int) {
	there, back := make(chan *item, room), make(chan *item, room)
	go func() {
		for i := 0; i < count; i++ {
			back <- <-there
		}
	}()
	for i := 0; i < count; i++ {
		there <- &item{i}
		check(<-back, i)
	}
}

func number(text string) int {
	result, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return result
}

func main() {
	workloads := map[string]func(int, int){
		"queue": queue, "batches": batches, "pingpong": pingpong,
	}
	size := number(os.Args[3])
	workloads[os.Args[1]](number(os.Args[2])/size*size, size)
}
