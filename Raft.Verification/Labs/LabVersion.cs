namespace Raft.Verification.Labs;

/// <summary>The year of the course whose tests are meant (MIT 6.824, from 2023 on 6.5840).</summary>
public enum LabVersion
{
    /// <summary>Parts 2A to 2C, 17 tests.</summary>
    Lab2018 = 2018,

    /// <summary>Snapshots come in (2D), and bytes are counted: 25 tests.</summary>
    Lab2022 = 2022,

    /// <summary>All 28 tests, as 3A to 3D.</summary>
    Lab2024 = 2024,

    /// <summary>
    /// The new tester: a server that starts again brings every server back on the network, with a state machine that is empty; the tests of
    /// crashes of all servers run on an unreliable network; Persist1 and Persist2 shut servers down instead of cutting them off.
    /// </summary>
    Lab2025 = 2025,
}
