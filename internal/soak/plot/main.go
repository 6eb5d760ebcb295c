// Command plot draws the samples of a soak: plot SAMPLES.csv PICTURE.png. It is a
// module of its own, so that what it needs for drawing is not the product's.
package main

import (
	"encoding/csv"
	"fmt"
	"image/color"
	"os"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: plot SAMPLES.csv PICTURE.png")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// panel is one of the plots, which lie one under the other over the same time.
type panel struct {
	title string
	lines []line
}

type line struct {
	column, name string
	scale        float64
}

var panels = []panel{
	{"thousand events a second", []line{{"events_per_second", "written", 1e-3}, {"behind", "waiting", 1e-3}}},
	{"memory, MiB", []line{{"rss_bytes", "resident", 1.0 / (1 << 20)}, {"hot_bytes", "state", 1.0 / (1 << 20)}}},
	{"state on disk, MiB", []line{{"cold_bytes", "on disk", 1.0 / (1 << 20)}}},
	{"freshness, ms", []line{{"freshness_p50_ms", "p50", 1}, {"freshness_p99_ms", "p99", 1}}},
	{"sublevels and goroutines", []line{{"sublevels", "sublevels of level 0", 1}, {"goroutines", "goroutines", 1}}},
}

var colors = []color.Color{color.RGBA{0x1f, 0x4e, 0x79, 0xff}, color.RGBA{0xc5, 0x5a, 0x11, 0xff}}

func run(from, to string) error {
	columns, err := read(from)
	if err != nil {
		return err
	}
	const width, height = 9 * vg.Inch, 2 * vg.Inch
	canvas := vgimg.New(width, height*vg.Length(len(panels)))
	var plots [][]*plot.Plot
	for _, p := range panels {
		drawn, err := p.plot(columns)
		if err != nil {
			return err
		}
		plots = append(plots, []*plot.Plot{drawn})
	}
	tiles := draw.Tiles{Rows: len(panels), Cols: 1, PadRight: vg.Inch / 4, PadY: vg.Inch / 8}
	for i, area := range plot.Align(plots, tiles, draw.New(canvas)) {
		plots[i][0].Draw(area[0])
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(f); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func (p panel) plot(columns map[string][]float64) (*plot.Plot, error) {
	out := plot.New()
	out.Title.Text = p.title
	out.Y.Min = 0
	out.Legend.Top = true
	for i, l := range p.lines {
		points := make(plotter.XYs, len(columns["seconds"]))
		for j, s := range columns["seconds"] {
			points[j] = plotter.XY{X: s / 60, Y: columns[l.column][j] * l.scale}
			out.Y.Max = max(out.Y.Max, points[j].Y*1.4)
		}
		drawn, err := plotter.NewLine(points)
		if err != nil {
			return nil, err
		}
		drawn.Color = colors[i]
		out.Add(drawn)
		out.Legend.Add(l.name, drawn)
	}
	out.Y.Min = 0
	out.X.Label.Text = "minutes"
	return out, nil
}

// read gives the columns of a file by their names.
func read(path string) (map[string][]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) < 2 {
		return nil, fmt.Errorf("%s has no samples", path)
	}
	out := map[string][]float64{}
	for i, name := range rows[0] {
		for _, r := range rows[1:] {
			v, err := strconv.ParseFloat(r[i], 64)
			if err != nil {
				return nil, fmt.Errorf("%s, column %s: %w", path, name, err)
			}
			out[name] = append(out[name], v)
		}
	}
	return out, nil
}
