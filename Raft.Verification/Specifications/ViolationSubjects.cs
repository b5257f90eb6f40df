using DeterministicSimulation;

namespace Raft.Verification.Specifications;

/// <summary>The subjects of a violation of a cluster.</summary>
public static class ViolationSubjects
{
    extension(Violation violation)
    {
        /// <summary>The servers, terms and log indexes that the violation names.</summary>
        public Subjects ClusterSubjects => violation.Subjects as Subjects ?? Subjects.None;
    }
}
