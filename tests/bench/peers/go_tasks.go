// Go's side of `bench tasks`: go_tasks WORKLOAD COUNT.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

func gather(count int) {
	values := make([]int, count)
	var group sync.WaitGroup
	group.Add(count)
	for i := 0; i < count; i++ {
		go func(i int) {
			values[i] = i
			group.Done()
		}(i)
	}
	group.Wait()
	sum := 0
	for _, x := range values {
		sum += x
	}
	check(sum == count*(count-1)/2)
}

func sleepers(count int) {
	var group sync.WaitGroup
	group.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			time.Sleep(time.Second)
			group.Done()
		}()
	}
	group.Wait()
}

func cancel(count int) {
	ctx, stop := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			<-ctx.Done()
			group.Done()
		}()
	}
	time.Sleep(100 * time.Millisecond)
	start := time.Now()
	stop()
	group.Wait()
	fmt.Printf("cancel %.3f\n", time.Since(start).Seconds())
}

func request(count int) {
	questions, answers := make(chan int), make(chan int)
	go func() {
		for x := range questions {
			answers <- 2 * x
		}
	}()
	sum := 0
	for i := 0; i < count; i++ {
		questions <- i
		sum += <-answers
	}
	close(questions)
	check(sum == count*(count-1))
}

func check(right bool) {
	if !right {
		fmt.Fprintln(os.Stderr, "wrong sum")
		os.Exit(1)
	}
}

func main() {
	count, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	workloads := map[string]func(int){
		"gather": gather, "sleepers": sleepers, "cancel": cancel, "request": request,
	}
	workloads[os.Args[1]](count)
}
