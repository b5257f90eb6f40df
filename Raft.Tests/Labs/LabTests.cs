using Raft.Verification.Exploration;
using Raft.Verification.Labs;

namespace Raft.Tests.Labs;

/// <summary>
/// The tests of the MIT Raft labs (6.5840 of 2024), by their names there, on virtual time with all monitors on. <c>raft-verify lab --seeds
/// 1000</c> runs many more seeds, and <c>--real-time</c> the same tests on real time.
/// </summary>
public class LabTests
{
    private static readonly ulong[] Seeds = [1, 2, 3];

    [Fact]
    public void TestInitialElection3A() => Passes();

    [Fact]
    public void TestReElection3A() => Passes();

    [Fact]
    public void TestManyElections3A() => Passes();

    [Fact]
    public void TestBasicAgree3B() => Passes();

    [Fact]
    public void TestRPCBytes3B() => Passes();

    [Fact]
    public void TestFollowerFailure3B() => Passes();

    [Fact]
    public void TestLeaderFailure3B() => Passes();

    [Fact]
    public void TestFailAgree3B() => Passes();

    [Fact]
    public void TestFailNoAgree3B() => Passes();

    [Fact]
    public void TestConcurrentStarts3B() => Passes();

    [Fact]
    public void TestRejoin3B() => Passes();

    [Fact]
    public void TestBackup3B() => Passes();

    [Fact]
    public void TestCount3B() => Passes();

    [Fact]
    public void TestPersist13C() => Passes();

    [Fact]
    public void TestPersist23C() => Passes();

    [Fact]
    public void TestPersist33C() => Passes();

    [Fact]
    public void TestFigure83C() => Passes();

    [Fact]
    public void TestUnreliableAgree3C() => Passes();

    [Fact]
    public void TestFigure8Unreliable3C() => Passes();

    [Fact]
    [Trait("Category", "Long")]
    public void TestReliableChurn3C() => Passes();

    [Fact]
    public void TestUnreliableChurn3C() => Passes();

    [Fact]
    public void TestSnapshotBasic3D() => Passes();

    [Fact]
    public void TestSnapshotInstall3D() => Passes();

    [Fact]
    public void TestSnapshotInstallUnreliable3D() => Passes();

    [Fact]
    public void TestSnapshotInstallCrash3D() => Passes();

    [Fact]
    public void TestSnapshotInstallUnCrash3D() => Passes();

    [Fact]
    public void TestSnapshotAllCrash3D() => Passes();

    [Fact]
    public void TestSnapshotInit3D() => Passes();

    /// <summary>Runs the test whose name in the labs is the caller's.</summary>
    private static void Passes([System.Runtime.CompilerServices.CallerMemberName] string name = "")
    {
        var test = LabTest.All.Single(one => one.FullName(LabVersion.Lab2024) == name);
        foreach (var seed in Seeds)
        {
            var trace = LabRun.OnVirtualTime(test, LabVersion.Lab2024, seed).Trace;
            Assert.True(trace is null, $"Seed {seed}: {trace?.Violation.Property}: {trace?.Violation.Message}");
        }
    }
}
