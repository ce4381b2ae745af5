"""Makes spectra_by_root.root, which the tests read: what ROOT itself writes, and uproot cannot.

Run beside it with ROOT 6 (`python spectra_by_root.py`); tests need only the file.
"""

import array

EDGES = [0.0, 0.5, 2.0]


def _binning(root, folder, edges):
    folder.cd()
    root.TObjString("Binning").Write("type")
    vector = root.TVectorD(len(edges), array.array("d", edges))
    vector.Write("edges")


def _spectrum(root, file, name, axes, counts, *, pot=1e20, livetime=0.0, labels=("Energy (GeV)", "T#theta^{2}", "z")):
    folder = file.mkdir(name)
    folder.cd()
    root.TObjString("Spectrum").Write("type")
    edges = array.array("d", axes[0]) if len(axes) == 1 else array.array("d", range(len(counts) + 1))
    hist = root.TH1D("", "", len(edges) - 1, edges)
    hist.Sumw2()
    for number, count in enumerate(counts):
        hist.SetBinContent(number + 1, count)
        hist.SetBinError(number + 1, 2.0 * count**0.5)
    hist.Write("hist")
    for key, value in (("pot", pot), ("livetime", livetime)):
        exposure = root.TH1D("", "", 1, 0, 1)
        exposure.Fill(0.5, value)
        exposure.Write(key)
    for number, axis in enumerate(axes):
        folder.cd()
        root.TObjString(labels[number]).Write(f"label{number}")
        _binning(root, folder.mkdir(f"bins{number}"), axis)


def main():
    import ROOT as root  # noqa: N811, PLC0415  a namespace, and only needed to make the file anew

    file = root.TFile("spectra_by_root.root", "RECREATE", "", 207)  # lzma, smallest
    _spectrum(root, file, "line", [EDGES], [4.0, 9.0])
    _spectrum(root, file, "plane", [EDGES, [0.0, 1.0, 2.0, 4.0]], [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    _spectrum(root, file, "cube", [EDGES, EDGES, EDGES], [1.0] * 8)
    _spectrum(root, file, "misfit", [EDGES, EDGES], [1.0] * 5)
    _spectrum(root, file, "cosmic", [EDGES], [4.0, 9.0], pot=0.0, livetime=50.0)
    _spectrum(root, file, "nothing", [EDGES], [0.0, 0.0])
    shifted = file.mkdir("shifted")
    _spectrum(root, shifted, "line", [EDGES], [1.0, 1.0])
    shifted.Get("line").Delete("bins0;1")
    _binning(root, shifted.Get("line").mkdir("bins0"), [0.0, 0.6, 2.0])
    file.cd()
    for kind in "CSIFD":
        plain = getattr(root, f"TH1{kind}")(f"plain_{kind}", "no weights;Energy [GeV];Events", 2, 0, 1)
        for energy in (0.2, 0.3, 0.7, 5.0):
            plain.Fill(energy)
        plain.Write()
    weighted = root.TH2F("weighted", "weights;x [cm];y [m]", 2, 0, 1, 3, array.array("d", [0, 1, 2, 4]))
    weighted.Sumw2()
    weighted.Fill(0.2, 1.5, 0.5)
    weighted.Fill(0.2, 1.5, 0.25)
    weighted.Fill(0.7, 3.0, -1.0)
    weighted.Fill(7.0, 9.0, 3.0)
    weighted.Write()
    profile = root.TProfile("profile", "", 2, 0, 1)
    profile.Fill(0.2, 3.0)
    profile.Write()
    sparse = file.mkdir("sparse")
    sparse.cd()
    root.TObjString("Spectrum").Write("type")
    root.THnSparseD("", "", 1, array.array("i", [2]), array.array("d", [0.0]), array.array("d", [1.0])).Write(
        "hist_sparse"
    )
    file.cd()
    tree = root.TTree("recTree", "")
    energy, showers = array.array("d", [0.0]), root.std.vector["float"]()
    tree.Branch("rec.mc.nu.E", energy, "rec.mc.nu.E/D")
    tree.Branch("shwlid.calE", showers)
    for number in range(3):
        energy[0] = float(number)
        showers.assign(number, 1.5)
        tree.Fill()
    tree.Write()
    file.Close()


if __name__ == "__main__":
    main()
