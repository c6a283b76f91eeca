// Go's side of `bench sync`: go_sync WORKLOAD COUNT CLIENTS.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
)

func handoff(count, clients int) int {
	var lock sync.Mutex
	var group sync.WaitGroup
	total := 0
	group.Add(clients)
	for i := 0; i < clients; i++ {
		go func() {
			for j := 0; j < count/clients; j++ {
				lock.Lock()
				total++
				runtime.Gosched()
				lock.Unlock()
			}
			group.Done()
		}()
	}
	group.Wait()
	return total
}

func uncontended(count, _ int) int {
	var lock sync.Mutex
	total := 0
	for i := 0; i < count; i++ {
		lock.Lock()
		total++
		lock.Unlock()
	}
	return total
}

func number(text string) int {
	result, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return result
}

func main() {
	workloads := map[string]func(int, int) int{
		"handoff": handoff, "uncontended": uncontended,
	}
	count, clients := number(os.Args[2]), number(os.Args[3])
	if workloads[os.Args[1]](count, clients) != count/clients*clients {
		fmt.Fprintln(os.Stderr, "wrong sum")
		os.Exit(1)
	}
}
