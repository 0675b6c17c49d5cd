// Verify a ledger of govgate with the code that Go's own checksum database runs on:
// golang.org/x/mod/sumdb/{note,tlog}, as it is vendored in the Go distribution.
//
//	usage: verify FOLDER VKEY [PROOF ENTRY]...
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"interop/note"
	"interop/tlog"
)

type folder struct{ path string }

func (f folder) Height() int                      { return 8 }
func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		// Go writes the height into the name; C2SP tlog-tiles fixes it at 8 and does not.
		data, err := os.ReadFile(filepath.Join(f.path, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func must(err error) {
	if err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	must(err)
	return data
}

func open(signed []byte, vkey string) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	hash, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], hash)
	return tree
}

// entries checks that every bundle holds what its tile, and so the signed root, says.
func entries(path string, tree tlog.Tree, hashes tlog.HashReader) {
	for first := int64(0); first < tree.N; first += 256 {
		width := min(tree.N-first, 256)
		tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(width)}
		data := read(filepath.Join(path, strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)))
		for i := first; i < first+width; i++ {
			length := int(binary.BigEndian.Uint16(data))
			entry := data[2 : 2+length]
			data = data[2+length:]
			want, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, i)})
			must(err)
			if tlog.RecordHash(entry) != want[0] {
				must(fmt.Errorf("entry %d is not in its tile", i))
			}
			found, err := tlog.ProveRecord(tree.N, i, hashes)
			must(err)
			must(tlog.CheckRecord(found, tree.N, tree.Hash, i, tlog.RecordHash(entry)))
		}
		if len(data) != 0 {
			must(fmt.Errorf("bytes after entry %d", first+width-1))
		}
	}
}

// older checks that every checkpoint of the log is a beginning of the newest.
func older(path, vkey string, tree tlog.Tree, hashes tlog.HashReader) int {
	names, err := filepath.Glob(filepath.Join(path, "checkpoints", "*"))
	must(err)
	for _, name := range names {
		old := open(read(name), vkey)
		found, err := tlog.ProveTree(tree.N, old.N, hashes)
		must(err)
		must(tlog.CheckTree(found, tree.N, tree.Hash, old.N, old.Hash))
	}
	return len(names)
}

// proof checks one of our .tlog-proof files, which carries its own checkpoint.
func proof(text []byte, entry []byte, vkey string) {
	head, signed, _ := strings.Cut(string(text), "\n\n")
	lines := strings.Split(head, "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	var path tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		must(err)
		var hash tlog.Hash
		copy(hash[:], raw)
		path = append(path, hash)
	}
	tree := open([]byte(signed), vkey)
	must(tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(entry)))
}

func main() {
	path, vkey, rest := os.Args[1], os.Args[2], os.Args[3:]
	tree := open(read(filepath.Join(path, "checkpoint")), vkey)
	hashes := tlog.TileHashReader(tree, folder{path})
	entries(path, tree, hashes)
	count := older(path, vkey, tree, hashes)
	for i := 0; i+1 < len(rest); i += 2 {
		proof(read(rest[i]), read(rest[i+1]), vkey)
	}
	fmt.Printf("OK %d entries, %d checkpoints, %d proofs\n", tree.N, count, len(rest)/2)
}
