// go_get downloads a list of URLs with a pool of workers that share a client.
//
// As the documentation of net/http leads to it: the default transport, but one
// that keeps a connection per worker, and io.Copy. With -tuned as somebody
// writes it who has profiled it: no offer of gzip, larger reads, and a buffer
// per worker in place of one per file.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
)

// Hides what else a type can do, so that io.CopyBuffer uses the buffer.
type onlyWriter struct{ io.Writer }
type onlyReader struct{ io.Reader }

func readList(name string) ([]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var urls []string
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" {
			urls = append(urls, line)
		}
	}
	return urls, lines.Err()
}

func newClient(jobs int, cacert string, tuned bool) (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = jobs
	transport.MaxIdleConnsPerHost = jobs
	if tuned {
		transport.DisableCompression = true
		transport.ReadBufferSize = 16 << 10
	}
	if cacert != "" {
		pem, err := os.ReadFile(cacert)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("no certificate in %s", cacert)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	return &http.Client{Transport: transport}, nil
}

// copyAll copies by way of the buffer, or as io.Copy thinks best without one.
func copyAll(to io.Writer, from io.Reader, buffer []byte) (int64, error) {
	if buffer == nil {
		return io.Copy(to, from)
	}
	return io.CopyBuffer(onlyWriter{to}, onlyReader{from}, buffer)
}

// get reads one URL into a file of dir, or nowhere when dir is empty.
func get(client *http.Client, url, dir string, buffer []byte) (int64, error) {
	response, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("%s: %s", url, response.Status)
	}
	if dir == "" {
		return copyAll(io.Discard, response.Body, buffer)
	}
	file, err := os.Create(filepath.Join(dir, path.Base(url)))
	if err != nil {
		return 0, err
	}
	size, err := copyAll(file, response.Body, buffer)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return size, err
}

func main() {
	list := flag.String("list", "", "file with a URL per line")
	jobs := flag.Int("jobs", 64, "how many to download at once")
	dir := flag.String("dir", "", "where to write the files")
	discard := flag.Bool("discard", false, "throw the bodies away")
	tuned := flag.Bool("tuned", false, "as fast as it goes")
	buffer := flag.Int("buffer", 64<<10, "bytes of a worker's buffer if tuned")
	cacert := flag.String("cacert", "", "certificates to trust")
	flag.Parse()
	if (*dir == "") != *discard {
		fmt.Fprintln(os.Stderr, "go_get: needs -dir or -discard")
		os.Exit(2)
	}
	urls, err := readList(*list)
	if err == nil {
		if !*tuned {
			*buffer = 0
		}
		err = download(urls, *jobs, *dir, *buffer, *cacert)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "go_get:", err)
		os.Exit(1)
	}
}

func download(urls []string, jobs int, dir string, buffer int,
	cacert string) error {
	client, err := newClient(jobs, cacert, buffer > 0)
	if err != nil {
		return err
	}
	if jobs > len(urls) {
		jobs = len(urls)
	}
	work := make(chan string)
	var bytes, failed int64
	var workers sync.WaitGroup
	for i := 0; i < jobs; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			var space []byte
			if buffer > 0 {
				space = make([]byte, buffer)
			}
			for url := range work {
				size, err := get(client, url, dir, space)
				atomic.AddInt64(&bytes, size)
				if err != nil {
					atomic.AddInt64(&failed, 1)
					fmt.Fprintln(os.Stderr, "go_get:", err)
				}
			}
		}()
	}
	for _, url := range urls {
		work <- url
	}
	close(work)
	workers.Wait()
	fmt.Printf("%d done, %d failed, %d bytes\n", int64(len(urls))-failed,
		failed, bytes)
	if failed > 0 {
		return fmt.Errorf("%d of %d failed", failed, len(urls))
	}
	return nil
}
