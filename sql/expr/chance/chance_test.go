package chance

import "testing"

// TestSeed compares with what PostgreSQL 15 gives after setseed().
func TestSeed(t *testing.T) {
	for seed, want := range map[float64][]float64{
		0.5:      {0.9851677175347999, 0.825301858027981},
		-1:       {0.725656831544149, 0.21342431605981593, 0.08668744483804192},
		0:        {0.8702553105818676, 0.426569726107606},
		0.123456: {0.8328513702504656, 0.9674926382719717},
	} {
		var s Source
		s.Seed(seed)
		for i, w := range want {
			if got := s.Float(); got != w {
				t.Errorf("seed %v, number %d: got %v, want %v", seed, i, got, w)
			}
		}
	}
	var s Source
	if v := s.Float(); v < 0 || v >= 1 {
		t.Errorf("an unseeded source gives %v", v)
	}
}
