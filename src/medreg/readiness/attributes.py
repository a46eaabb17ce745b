"""Attributes of headers that may tell who the patient is, graded; from PS3.15 table E.1-1."""

from __future__ import annotations

NAMING = (  # fails where it is neither empty nor a dummy
    *("PatientName", "PatientBirthDate", "BurnedInAnnotation"),
    *("OtherPatientIDs", "OtherPatientIDsSequence"),
    *("OtherPatientNames", "PatientAddress", "PatientTelephoneNumbers", "PatientBirthName"),
    *("PatientMotherBirthName", "MilitaryRank", "ReferringPhysicianName", "IssuerOfPatientID"),
    *("PerformingPhysicianName", "OperatorsName", "PhysiciansOfRecord", "RequestingPhysician"),
    *("NameOfPhysiciansReadingStudy", "AccessionNumber", "InstitutionName", "PatientComments"),
    *("InstitutionAddress", "RequestAttributesSequence", "AdditionalPatientHistory"),
    *("ReferringPhysicianAddress", "ReferringPhysicianTelephoneNumbers"),
    *("ResponsiblePerson", "PersonName", "PersonAddress", "PersonTelephoneNumbers"),
    *("RequestingService", "MedicalRecordLocator", "InstitutionalDepartmentName"),
)  # fmt: skip
DATES = frozenset({
    *("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "AcquisitionDateTime"),
})  # fmt: skip
TRACES = frozenset({  # a warning: leads to a place, a machine, a day
    *("StationName", "DeviceSerialNumber", "StudyID", "IconImageSequence"),
    *("OriginalAttributesSequence", "PatientBirthTime", "EthnicGroup", "Occupation"),
})  # fmt: skip
FREE_TEXT = frozenset({
    *("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments", "StudyComments"),
    *("RequestedProcedureDescription", "PerformedProcedureStepDescription", "AcquisitionComments"),
    *("AdmittingDiagnosesDescription", "DerivationDescription", "SeriesComments", "FrameComments"),
})  # fmt: skip
