namespace Raft.Verification.Labs;

/// <summary>A version of the labs, by year of the course (MIT 6.824, from 2023 on 6.5840).</summary>
public enum LabVersion
{
    /// <summary>Parts 2A to 2C, 17 tests.</summary>
    Lab2018 = 2018,

    /// <summary>With snapshots (2D) and a count of bytes: 25 tests.</summary>
    Lab2022 = 2022,

    /// <summary>All 28 tests, as 3A to 3D.</summary>
    Lab2024 = 2024,

    /// <summary>
    /// The new tester: restarting a server puts every server back on the network, and its state machine starts empty. The tests that crash
    /// all servers use an unreliable network. Persist1 and Persist2 shut servers down instead of disconnecting them.
    /// </summary>
    Lab2025 = 2025,
}
